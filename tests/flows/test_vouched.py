"""`target.start`, `smoke` and `verify` against the signed deployment that the store has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest, canonical
from pipeline.core.statement import DEPLOYMENT, SMOKE
from pipeline.edges import service
from pipeline.edges.driver import EMPTY, Driver, Rollout
from pipeline.edges.drivers import open_target
from pipeline.errors import HeldError, UntrustedError
from pipeline.flows import smoke as smoking
from pipeline.flows import targets
from pipeline.flows import verify as verifying
from pipeline.operations import released
from pipeline.operations.workspace import Workspace
from tests import services
from tests.climbing import project
from tests.edges.projects import ENVELOPE
from tests.edges.target_local import forging

LADDER = f"""\
ladder: kettle
target: pot
gate: kitchen
channel: home
stages:
  - id: water
    phase: pre-deploy
    steps: [{{task: tea.fill, with: {{litres: 1}}}}]
    envelope: {ENVELOPE}
  - id: pour
    phase: post-deploy
    steps: [{{task: tea.pour}}]
    envelope: {ENVELOPE}
    emits: ["{DEPLOYMENT}"]
  - id: taste
    phase: post-deploy
    steps: [{{task: tea.taste}}]
    envelope: {ENVELOPE}
    emits: ["{SMOKE}"]
"""
SAYS = """
if step["task"] == "tea.fill":
    wheel = next(pathlib.Path(step["repository"], "artifacts", "dist").glob("*.whl"))
    pathlib.Path("out", wheel.name).write_bytes(wheel.read_bytes())
    told = {"artifacts": ["kettle.txt", wheel.name]}
    pathlib.Path("result.json").write_text(json.dumps(told))
told = pathlib.Path(step["repository"], "artifacts", step["task"] + ".json")
if told.exists():
    pathlib.Path("result.json").write_text(told.read_text())
"""
OTHER = "sha256:" + "0" * 64


@dataclass
class Kettle:
    """A project whose target runs the tiny service; its steps sign what they are told to."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(self.root)

    @property
    def target(self) -> Path:
        return self.root / ".release-ladder" / "targets" / "pot"

    @property
    def driver(self) -> Driver:
        return open_target(self.workspace.state, self.workspace.configuration.targets["pot"])

    def deploy(self, wheel: Path) -> None:
        rollout = Rollout(
            name=wheel.name,
            wheel=wheel,
            digest=Digest.of(wheel.read_bytes()),
            version="1.0",
            key=OTHER,
            token=1,
        )
        self.driver.apply(rollout, released.installer({wheel.name: wheel}, None))

    def says(self, task: str, type: str, predicate: dict[str, Any]) -> None:
        told = {"type": type, "subject": ["kettle.txt"], "predicate": predicate}
        path = self.root / "artifacts" / f"{task}.json"
        path.write_bytes(canonical({"statements": [told]}))

    def climb(self, **changes: str) -> str:
        """Climb with a deployment of what is live, changed, and with smoke of what is live."""
        found = self.driver.measure()
        artifact = {"name": "tiny.whl", "digest": found.state.artifact}
        said = {
            "target": "pot",
            "driver": "local",
            "artifact": artifact,
            "version": "1.0",
            "state_before": EMPTY.to_dict(),
            "state_after": found.state.to_dict(),
            "rollback_target": EMPTY.to_dict(),
            "measured": found.state.installed,
            "environment": found.environment,
            "health": "200",
            "key": OTHER,
            "token": 1,
        }
        self.says("tea.pour", DEPLOYMENT, {**said, **changes})
        check = {"id": "a", "round": 1, "verdict": "passed", "reason": "x", "status": 200}
        smoked = {
            "target": "pot",
            "artifact": found.state.artifact,
            "bake_seconds": 0,
            "rounds": 1,
            "installed": found.state.installed,
            "checks": [check],
        }
        self.says("tea.taste", SMOKE, smoked)
        return project.climb(self.root, "taste").run.context.run


@pytest.fixture
def kettle(tmp_path: Path) -> Iterator[Kettle]:
    given = {
        "ladders__kettle": LADDER,
        "targets__pot": json.dumps({**services.TARGET, "target": "pot"}),
    }
    root = project.make(tmp_path, files={"light.py": project.LIGHT + SAYS}, **given)
    made = Kettle(root=root)
    wheel = services.wheel(root / "artifacts" / "dist", "1.0", "well")
    project.climb(root, "water")
    made.deploy(wheel)
    yield made
    service.stop((made.target / "id").read_text() + ":", grace=0.5)


def test_what_is_live_is_compared_with_the_verified_deployment(kettle: Kettle) -> None:
    run = kettle.climb()
    report = smoking.smoke(kettle.workspace, "pot")
    assert (report.ok, report.vouched) == (True, run)
    assert any(run in line for line in report.lines())
    told = targets.start(kettle.workspace, "pot")
    assert told["vouched"] == run
    assert any(run in line for line in targets.lines(told))
    verifying.verify(kettle.workspace, ladder=None, release=None)


def test_where_no_store_vouches_that_is_said(kettle: Kettle) -> None:
    report = smoking.smoke(kettle.workspace, "pot")
    assert (report.ok, report.vouched) == (True, None)
    told = targets.start(kettle.workspace, "pot", dry_run=True)
    for lines in (report.lines(), targets.lines(told)):
        assert any("nothing vouches" in line for line in lines)


@pytest.mark.parametrize("change", [forging.backdoor, forging.dependency])
def test_a_changed_installation_with_forged_notes_is_neither_started_nor_smoked(
    kettle: Kettle,
    change: Any,  # noqa: ANN401
) -> None:
    kettle.climb()
    kettle.driver.stop()
    change(forging.site_of(kettle.target))
    forging.forge_notes(kettle.target)
    for act in (targets.start, smoking.smoke):
        with pytest.raises(UntrustedError, match="is not what was deployed"):
            act(kettle.workspace, "pot")
    assert targets.show(kettle.workspace, "pot")["running"] is False


def test_smoke_of_something_else_than_was_deployed_does_not_verify(kettle: Kettle) -> None:
    # the release target gate sees it first
    with pytest.raises(HeldError, match="was smoked on pot"):
        kettle.climb(measured=OTHER)
    with pytest.raises(UntrustedError, match="was smoked on pot"):
        verifying.verify(kettle.workspace, ladder=None, release=None)
