"""Holds: they stop all promotion to a target by name; without a key nobody makes or ends one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.journal import Status
from pipeline.core.predicates.hold import Hold
from pipeline.errors import HeldError
from pipeline.operations.climb import Climb
from pipeline.operations.posturing import the_run
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import project
from tests.edges.projects import FILES
from tests.tasks.calling import APPROVING, call, photograph

WHY = ("--target", "pot", "--reason", "the pot leaks")
LIFT = ("hold", "--target", "pot", "--lift")


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    return project.make(tmp_path / "tea")


@pytest.fixture
def held(tea: Path) -> Path:
    """The project with its first stage climbed, then held, lifted and held again."""
    project.climb(tea, "water")
    for words in (("hold", *WHY), LIFT, ("hold", *WHY)):
        assert call(tea, *words).code == 0
    return tea


def entries(root: Path) -> list[Path]:
    return sorted((root / "artifacts" / "store" / "names").glob("holds%2F*"))


def entry(root: Path, number: int, target: str = "pot") -> Path:
    return root / "artifacts" / "store" / "names" / f"holds%2F{target}%2F{number:06d}"


def test_a_hold_works_before_any_release_and_stops_the_first_stage(tea: Path) -> None:
    done = call(tea, "hold", *WHY, "--json")
    assert done.code == 0
    assert done.document["action"] == "hold"
    assert done.document["actor"] == "Tea <tea@example.invalid>"
    with pytest.raises(HeldError, match=r"held since .* by Tea <tea@.*: the pot leaks"):
        project.climb(tea, "water")
    assert call(tea, "plan", "--json").document["exit_code"] == 10
    assert call(tea, "promote", "--dry-run").code == 10
    assert call(tea, *LIFT, "--reason", "mended").code == 0
    assert project.climb(tea, "pour").did == ("water", "boil", "pour")


def test_a_held_target_says_so_in_status_posture_and_why(held: Path) -> None:
    told = call(held, "status", "--json").document
    assert told["readiness"] == "held"
    assert told["deployment_allowed"] is False
    assert told["hold"]["reason"] == "the pot leaks"
    assert told["blockers"][0]["id"] == "hold.held"
    assert "held by Tea <tea@example.invalid> since" in call(held, "status").out
    (target,) = call(held, "posture", "--json").document["targets"]
    assert target["blockers"][0]["command"] == "invoke hold --target pot --lift --reason TEXT"
    found = call(held, "why", "--stage", "boil", "--json").document
    assert "hold.held" in [f["id"] for f in found["findings"] if f["weight"] == "holds"]


def test_a_proven_release_of_a_held_target_still_shows_the_hold(tea: Path) -> None:
    project.climb(tea, "pour")
    assert call(tea, "hold", *WHY).code == 0
    assert call(tea, "status", "--json").document["hold"]["target"] == "pot"


def test_what_is_held_already_or_not_at_all_is_a_conflict(held: Path) -> None:
    again = call(held, "hold", *WHY)
    assert again.code == 14
    what, _, todo = again.three_lines()
    assert "the pot leaks" in what
    assert todo.startswith("invoke hold --target pot --lift")
    assert call(held, *LIFT).code == 0
    assert call(held, *LIFT).code == 14
    assert len(entries(held)) == 4


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(tea: Path) -> None:
    project.climb(tea, "water")
    before = photograph(tea)
    done = call(tea, "hold", *WHY, "--dry-run", "--json")
    assert (done.code, done.document["digest"]) == (0, None)
    assert "would be held by Tea" in call(tea, "hold", *WHY, "--dry-run").out
    assert call(tea, *LIFT, "--dry-run").code == 14
    assert photograph(tea) == before


def test_holding_needs_a_reason_and_a_target_that_is_there(tea: Path) -> None:
    assert call(tea, "hold", "--target", "pot").code == 1
    assert "did you mean 'pot'?" in call(tea, "hold", "--target", "pots", "--reason", "x").err
    assert entries(tea) == []


def test_one_held_target_holds_no_other(tmp_path: Path) -> None:
    two = (
        FILES["ladders/kettle"]
        .replace("ladder: kettle", "ladder: cup")
        .replace("target: pot", "target: cup")
    )
    root = project.make(
        tmp_path / "tea",
        ladders__cup=two.replace("gate: kitchen", "gate: parlour"),
        targets__cup=FILES["targets/pot"].replace("pot", "cup"),
        policies__promotion=policies.family(
            "promotion", policies.promotion(), policies.promotion("cup")
        ),
        approvals__cup=policies.approval_file("cup", gate="parlour"),
    )
    assert call(root, "hold", "--target", "cup", "--reason", "chipped").code == 0
    assert project.climb(root, "pour").did == ("water", "boil", "pour")
    assert call(root, "promote", "--ladder", "cup", "--dry-run").code == 10


def test_nothing_is_approved_while_the_target_is_held(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea", files=None, **APPROVING)
    project.climb(root, "heat")
    assert call(root, "hold", *WHY).code == 0
    asked = ("approve", "--stage", "ok", "--reason", "tastes well")
    for words in (asked, (*asked, "--dry-run")):
        done = call(root, *words)
        assert done.code == 10
        assert "the pot leaks" in done.three_lines()[0]
    assert call(root, *LIFT).code == 0
    assert call(root, *asked).code == 0


def test_a_hold_that_comes_after_the_decision_stops_the_attempt_and_is_not_counted(
    tea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between decision and steps lies a moment; it is looked at again (line 10)."""
    begin = Climb.begin

    def slow(*arguments: object) -> object:
        made = begin(*arguments)  # type: ignore[arg-type]
        assert call(tea, "hold", *WHY).code == 0
        return made

    monkeypatch.setattr(Climb, "begin", slow)
    watch = project.Quiet()
    with pytest.raises(HeldError, match="the pot leaks"):
        project.climb(tea, "water", watch=watch)
    assert not [line for line in watch.told if line.startswith("step")]
    workspace = Workspace.open(tea)
    run = the_run(workspace, workspace.ladder(None), None)
    assert [item.status for item in run.journal.entries] == [Status.BEGIN, Status.RETRY]
    assert run.journal.entries[-1].outputs["counted"] is False
    monkeypatch.undo()
    assert call(tea, *LIFT).code == 0
    assert project.climb(tea, "pour").did == ("water", "boil", "pour")


def test_a_hold_keeps_nobody_from_giving_a_release_up(held: Path) -> None:
    assert call(held, "abandon", "--reason", "leaks for good").code == 0


def test_the_record_of_a_hold_is_of_its_model_and_names_all_before_it(held: Path) -> None:
    said = call(held, *LIFT, "--json").document
    digest = said.pop("digest")
    assert Hold.from_json(said).number == 4
    assert said["previous"] == [str(Digest.of(path.read_bytes())) for path in entries(held)[:-1]]
    assert digest == str(Digest.of(entry(held, 4).read_bytes()))
    assert said["reason"] == "no reason was given"
