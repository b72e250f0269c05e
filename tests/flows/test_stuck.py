"""Stuck releases: after a policy or configuration is mended the same release goes on.

Facts stay, decisions are made anew: no stage that passed is run again, and nothing that held is
forgotten. What cannot go on can be given up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.journal import Entry, Status
from pipeline.errors import (
    ConflictError,
    HeldError,
    InvalidConfigurationError,
    StepFailedError,
)
from pipeline.operations.posturing import the_run
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import project
from tests.edges.projects import FILES
from tests.tasks.calling import call

PROMOTION = "config/policies/promotion.yaml"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    """The project, climbed half way; its second version is never begun."""
    root = project.make(tmp_path / "tea")
    project.climb(root, "heat")
    return root


def commit(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text, "utf-8")
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=Another policy")


def promote(root: Path, stage: str = "pour") -> tuple[str, ...]:
    """Climb the release 1.0 on, whatever HEAD is now."""
    from pipeline.flows.promote import Ask
    from pipeline.flows.promote import promote as flow

    ask = Ask(stage=stage, release="1.0")
    return flow(Workspace.open(root), ask, project.LightRunner(root), project.Quiet()).did


def entries(root: Path) -> tuple[Entry, ...]:
    workspace = Workspace.open(root)
    return the_run(workspace, workspace.ladder(None), "1.0").journal.entries


def decision(root: Path, begin: Entry) -> dict[str, Any]:
    kept = root / "artifacts/store/objects" / begin.inputs["decision"].removeprefix("sha256:")
    said: dict[str, Any] = json.loads(kept.read_bytes())
    return said


def seen(root: Path) -> list[tuple[str, str]]:
    return [(entry.name, entry.status.value) for entry in entries(root)]


CLIMBED = [("water", "begin"), ("water", "pass"), ("boil", "begin"), ("boil", "pass")]
STRICT = policies.family("promotion", policies.promotion(trust="rooted"))


def test_a_policy_that_held_is_mended_and_the_same_release_goes_on(tea: Path) -> None:
    before = entries(tea)
    commit(tea, PROMOTION, STRICT)
    with pytest.raises(HeldError, match="rooted trust"):
        promote(tea)
    assert entries(tea) == before
    commit(tea, PROMOTION, FILES["policies/promotion"])
    assert promote(tea) == ("pour",)
    assert seen(tea) == [*CLIMBED, ("pour", "begin"), ("pour", "pass")]
    assert entries(tea)[:4] == before
    assert call(tea, "verify", "--release", "1.0").code == 0


def test_the_decisions_after_a_change_are_made_anew_on_the_facts_of_before(tea: Path) -> None:
    more = {"finding": "registry.drift", "reason": "seen", "owner": "Ann"}
    more["expires"] = "2999-01-01T00:00:00Z"
    changed = policies.family("promotion", policies.promotion(exceptions=[more]))
    commit(tea, PROMOTION, changed)
    assert promote(tea) == ("pour",)
    begins = {entry.name: entry for entry in entries(tea) if entry.status is Status.BEGIN}
    older, newer = decision(tea, begins["boil"]), decision(tea, begins["pour"])
    assert older["inputs"]["policies"] != newer["inputs"]["policies"]
    assert newer["inputs"]["stage_results"] == [
        entry.outputs["stage_result"] for entry in entries(tea)[:4] if entry.outputs
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "family: promotion\npolicies: nonsense\n",
        "family: promotion\npolicies: []\n",
        "family: [",
        STRICT.replace('"rooted"', '"anybody"'),
    ],
)
def test_a_policy_file_that_is_broken_stops_with_13_and_loses_nothing(
    tea: Path, broken: str
) -> None:
    before = entries(tea)
    commit(tea, PROMOTION, broken)
    with pytest.raises(InvalidConfigurationError):
        promote(tea)
    assert call(tea, "status", "--release", "1.0").code == 13
    commit(tea, PROMOTION, FILES["policies/promotion"])
    assert promote(tea) == ("pour",)
    assert entries(tea)[:4] == before


def test_a_missing_policy_file_is_told_and_put_back(tea: Path) -> None:
    (tea / PROMOTION).unlink()
    assert call(tea, "promote", "--release", "1.0").code == 13
    (tea / PROMOTION).write_text(FILES["policies/promotion"], "utf-8")
    assert promote(tea) == ("pour",)
    assert seen(tea)[:4] == CLIMBED


def test_a_window_that_was_wrong_is_mended(tea: Path) -> None:
    shut = '  - {reason: typo, from: "2020-01-01T00:00:00Z", until: "2999-01-01T00:00:00Z"}\n'
    commit(tea, "config/targets/pot.yaml", FILES["targets/pot"] + "windows:\n" + shut)
    with pytest.raises(HeldError, match="frozen"):
        promote(tea)
    commit(tea, "config/targets/pot.yaml", FILES["targets/pot"])
    assert promote(tea) == ("pour",)
    assert seen(tea) == [*CLIMBED, ("pour", "begin"), ("pour", "pass")]


def test_a_stage_above_that_is_mended_leaves_those_below_as_they_are(tea: Path) -> None:
    """A passed stage proves its own definition; another stage's says nothing of it."""
    ladder = FILES["ladders/kettle"].replace("    effect: live", "    retries: 1\n    effect: live")
    commit(tea, "config/ladders/kettle.yaml", ladder)
    assert promote(tea) == ("pour",)
    assert seen(tea)[:4] == CLIMBED


def test_a_held_release_that_is_given_up_stays_given_up_whatever_is_mended(tea: Path) -> None:
    commit(tea, PROMOTION, STRICT)
    assert call(tea, "abandon", "--release", "1.0", "--reason", "cold").code == 0
    commit(tea, PROMOTION, FILES["policies/promotion"])
    with pytest.raises((HeldError, ConflictError)):
        promote(tea)
    assert seen(tea)[-1] == ("abandoned", "abandoned")
    assert seen(tea)[:4] == CLIMBED


def test_a_final_failure_is_not_mended_by_a_policy(tmp_path: Path) -> None:
    light = project.LIGHT + 'if step["task"] == "tea.boil":\n    raise SystemExit(3)\n'
    root = project.make(tmp_path / "tea", files={"light.py": light})
    with pytest.raises(StepFailedError):
        project.climb(root, "pour")
    more = {"finding": "checks.digests.failed", "reason": "seen", "owner": "Ann"}
    more["expires"] = "2999-01-01T00:00:00Z"
    changed = policies.family("promotion", policies.promotion(exceptions=[more]))
    commit(root, PROMOTION, changed)
    with pytest.raises(StepFailedError, match="a failure stays"):
        promote(root)
    assert call(root, "abandon", "--release", "1.0", "--reason", "cold").code == 0
