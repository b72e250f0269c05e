"""Post-deploy on an installation that was changed together with every note beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import canonical
from pipeline.core.predicates.deployment import Deployment
from pipeline.core.statement import DEPLOYMENT, SMOKE
from pipeline.edges import service
from pipeline.errors import UntrustedError
from pipeline.flows.steps import deploy, postdeploy
from pipeline.operations.step_io import Step
from tests import services
from tests.edges.target_local import forging
from tests.flows.steps import driving
from tests.flows.steps.rollout import RULE, Rollouts


@pytest.fixture
def rollouts(tmp_path: Path) -> Iterator[Rollouts]:
    made = Rollouts(folder=tmp_path, config=services.target(), rule=dict(RULE))
    yield made
    for folder in tmp_path.glob("state*/targets/here/id"):
        service.stop(folder.read_text() + ":", grace=0.5)


@pytest.fixture
def live(rollouts: Rollouts) -> Step:
    step = rollouts.step("1.0")
    deploy.apply(step)
    return step


@pytest.fixture
def target(rollouts: Rollouts) -> Path:
    return rollouts.folder / "state" / "targets" / "here"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (forging.backdoor, r"tiny/__init__\.py is changed"),
        (forging.added, r"tiny/more\.py is not of the wheel"),
        (forging.dependency, "its environment is"),
    ],
)
def test_a_changed_installation_with_all_its_notes_forged_is_not_certified(
    rollouts: Rollouts, target: Path, live: Step, change: Callable[[Path], None], named: str
) -> None:
    change(forging.site_of(target))
    forging.forge_notes(target)
    rollouts.driver.measure()  # the target itself sees nothing: its notes were forged
    with pytest.raises(UntrustedError, match=named):
        postdeploy.smoke(rollouts.step("1.0", after=live))


@pytest.mark.usefixtures("live")
def test_deploying_over_forged_notes_installs_anew(rollouts: Rollouts, target: Path) -> None:
    forging.backdoor(forging.site_of(target))
    forging.forge_notes(target)
    again = rollouts.step("1.0")
    deploy.apply(again)
    assert "and more" not in (forging.site_of(target) / "tiny/__init__.py").read_text()
    postdeploy.smoke(rollouts.step("1.0", after=again))


def test_what_is_certified_is_what_the_deployment_measured(rollouts: Rollouts, live: Step) -> None:
    (said,) = driving.result_of(live).statements
    assert said.type == DEPLOYMENT
    deployment = Deployment.from_json(said.predicate)
    step = rollouts.step("1.0", after=live)
    postdeploy.smoke(step)
    (told,) = [s for s in driving.result_of(step).statements if s.type == SMOKE]
    assert told.predicate["installed"] == deployment.measured
    assert deployment.environment not in {deployment.measured, deployment.artifact.digest}


@pytest.mark.parametrize("field", ["measured", "environment"])
def test_another_deployment_statement_vouches_for_nothing(
    rollouts: Rollouts, live: Step, field: str
) -> None:
    step = rollouts.step("1.0", after=live)
    change(step, {field: "sha256:" + "0" * 64})
    with pytest.raises(UntrustedError, match="is not what was deployed"):
        postdeploy.smoke(step)


@pytest.mark.parametrize("about", ["another target", "no deployment"])
def test_without_a_deployment_of_it_nothing_is_certified(
    rollouts: Rollouts, live: Step, about: str
) -> None:
    step = rollouts.step("1.0", after=None if about == "no deployment" else live)
    change(step, {"target": "elsewhere"})
    with pytest.raises(UntrustedError, match="no signed deployment"):
        postdeploy.smoke(step)


def test_a_scratch_target_has_paths_of_its_own_but_the_same_files(
    rollouts: Rollouts, live: Step
) -> None:
    scratch = str(rollouts.folder / "state-scratch")
    deploy.apply(rollouts.step("1.0", scratch_target=scratch))
    step = rollouts.step("1.0", after=live, scratch_target=scratch)
    change(step, {"environment": "sha256:" + "0" * 64})
    postdeploy.smoke(step)
    assert driving.result_of(step).verdict.value == "pass"
    change(step, {"measured": "sha256:" + "0" * 64})
    with pytest.raises(UntrustedError, match="is not what was deployed"):
        postdeploy.smoke(step)


def change(step: Step, fields: dict[str, Any]) -> None:
    """Change the predicate of the deployment statement that a step gets."""
    for item in step.document["inputs"]["statements"]:
        if item["type"] == DEPLOYMENT:
            path = step.folder / item["path"]
            payload = json.loads(path.read_bytes())
            payload["predicate"] |= fields
            path.write_bytes(canonical(payload))
