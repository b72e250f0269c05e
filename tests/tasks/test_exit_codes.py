"""Exit codes and errors: the code that the model names, three lines, never a traceback."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from tests.climbing import project
from tests.edges.projects import FILES, SPOILT
from tests.tasks.calling import APPROVING, call, photograph

WRONG_USAGE = {
    "why": (("why",), "--stage is needed"),
    "approve": (("approve",), "--stage is needed"),
    "approve --stage": (("approve", "--stage", "heat"), "--reason is needed"),
    "approve of no approval": (
        ("approve", "--stage", "heat", "--reason", "x"),
        "boil is no approval stage",
    ),
    "abandon": (("abandon",), "--reason is needed"),
    "abandon --reason=": (("abandon", "--reason="), "--reason is needed"),
    "reproduce": (("reproduce",), "no stage was named"),
    "compare": (("compare",), "two folders are compared"),
    "compare --left": (("compare", "--left", "."), "two folders are compared"),
    "canary.judge": (("canary.judge",), "a judge needs a rule and samples"),
    "verify --bundle": (("verify", "--bundle", "x"), " is needed"),
    "a step": (("build.distributions",), "a step of a ladder"),
    "target": (("target.show", "--target", "pan"), "no target 'pan'"),
    "a target that is nearly one": (
        ("target.stop", "--target", "pots"),
        "no target 'pots'; did you mean 'pot'?",
    ),
    "smoke": (("smoke", "--target", "pots"), "did you mean 'pot'?"),
}


@pytest.mark.parametrize("name", WRONG_USAGE)
def test_wrong_usage_is_1_and_says_what_is_needed(fresh: Path, name: str) -> None:
    words, said = WRONG_USAGE[name]
    done = call(fresh, *words)
    assert done.code == 1, done
    assert said in done.three_lines()[0]


@pytest.mark.parametrize(
    "name", ["build.distributions", "artifact.verify", "attest.release", "candidate.test"]
)
def test_a_step_called_by_hand_is_wrong_usage(fresh: Path, name: str) -> None:
    done = call(fresh, name)
    assert done.code == 1
    assert "invoke promote" in done.three_lines()[2]


LADDERS = ("status", "plan", "promote", "verify", "journal.show", "trust.approvals")


@pytest.mark.parametrize("name", [*LADDERS, "posture"])
def test_a_word_that_is_no_option_is_1_without_traceback(fresh: Path, name: str) -> None:
    for word in ("--nonsense", "surplus"):
        done = call(fresh, name, word)
        assert done.code == 1
        assert "Traceback" not in done.err
        assert word in done.err


@pytest.mark.parametrize("name", LADDERS)
def test_an_unknown_ladder_is_1_with_a_guess(fresh: Path, name: str) -> None:
    done = call(fresh, name, "--ladder", "ketle")
    assert done.code == 1
    what, where, todo = done.three_lines()
    assert what == "there is no ladder 'ketle'; did you mean 'kettle'?"
    assert (where, todo) == ("config/ladders/", "ladders are: kettle")


@pytest.mark.parametrize("name", ["why", "plan", "promote", "approve"])
def test_an_unknown_stage_is_1_with_a_guess(fresh: Path, name: str) -> None:
    more = ("--reason", "x") if name == "approve" else ()
    done = call(fresh, name, "--stage", "heet", *more)
    assert done.code == 1
    what, where, _ = done.three_lines()
    assert "no stage 'heet'; did you mean 'heat'?" in what
    assert where == "config/ladders/kettle.yaml"
    nothing_like_it = call(fresh, name, "--stage", "zzz\nzzz", *more)
    assert nothing_like_it.code == 1
    assert "did you mean" not in nothing_like_it.three_lines()[0]


def test_reproducing_an_unknown_stage_is_1_with_a_guess(climbed: Path) -> None:
    done = call(climbed, "reproduce", "--stage", "heet")
    assert done.code == 1
    assert "did you mean 'heat'?" in done.three_lines()[0]


@pytest.mark.parametrize("name", ["verify", "journal.verify", "journal.checkpoint"])
def test_nothing_recorded_is_11(fresh: Path, name: str) -> None:
    done = call(fresh, name, "--json")
    assert done.code == 11
    assert "invoke promote" in done.three_lines()[2]


def test_evidence_that_is_none_is_11(fresh: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = call(fresh, "verify", "--evidence", str(folder))
        assert done.code == 11
        done.three_lines()


def test_nothing_to_abandon_is_a_conflict(fresh: Path) -> None:
    done = call(fresh, "abandon", "--reason", "cold")
    assert done.code == 14
    done.three_lines()


# held -------------------------------------------------------------------------------------------


def test_a_dirty_tree_is_held(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    (root / "leaf.txt").write_text("new")
    (root / b"\xff\x1b[31m\n.txt".decode("utf-8", "surrogateescape")).write_text("hostile name")
    for words in (("promote",), ("promote", "--dry-run"), ("promote", "--stage", "pour")):
        done = call(root, *words)
        assert done.code == 10, done
        assert "leaf.txt" in done.err + done.out
        assert "\x1b[31m" not in done.err + done.out
    call(root, "promote").three_lines()
    assert call(root, "promote", "--dry-run", "--json").document["decision"]["verdict"] == "HOLD"
    assert call(root, "plan").code == 0
    assert call(root, "status").code == 0


FREEZE = """\
target: pot
driver: none
windows: [{reason: tea time, from: "2020-01-01T00:00:00Z", until: "2900-01-01T00:00:00Z"}]
"""


def test_a_freeze_window_is_held_before_the_live_stage_and_no_sooner(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea", targets__pot=FREEZE)
    project.climb(root, "heat")
    before = call(root, "journal.show", "--json").document
    done = call(root, "promote", "--stage", "pour")
    assert done.code == 10
    what, _, todo = done.three_lines()
    assert "tea time" in what
    assert "2900-01-01" in todo
    assert call(root, "journal.show", "--json").document == before


def test_a_missing_approval_is_held_and_the_command_gives_it(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea", files=None, **APPROVING)
    project.climb(root, "heat")
    done = call(root, "promote", "--stage", "ok")
    assert done.code == 10
    what, _, todo = done.three_lines()
    assert "0 of 1 named approvals" in what
    assert "invoke approve --ladder kettle --stage ok --reason" in todo
    given = call(root, "approve", "--stage", "ok", "--reason", "tastes well", "--json")
    assert given.code == 0, given
    assert given.document["digest"].startswith("sha256:")
    assert call(root, "promote", "--stage", "ok", "--dry-run").code == 0
    told = call(root, "trust.approvals", "--json").document
    assert [item["reason"] for item in told["approvals"]] == ["tastes well"]


def test_a_manual_stage_that_nobody_named_is_held(approving: Path) -> None:
    done = call(approving, "promote")
    assert done.code == 10
    assert "was not asked for by name" in done.three_lines()[0]


# configuration ----------------------------------------------------------------------------------

PROBLEM = re.compile(r"  config/[\w/]+\.yaml:\d+:\d+: [\w.\[\]-]+: .+")


@pytest.mark.parametrize("name", ["status", "promote", "verify", "posture", "target.show"])
def test_invalid_configuration_is_13_and_names_every_place(tmp_path: Path, name: str) -> None:
    root = project.make(tmp_path / "tea")
    spoilt = FILES["ladders/kettle"].replace("alias: heat", "alias: water")
    spoilt = spoilt.replace("network: none", "network: nine", 1)
    (root / "config/ladders/kettle.yaml").write_text(spoilt)
    done = call(root, name)
    assert done.code == 13
    assert done.out == ""
    head, *problems, where, todo = done.err.splitlines()
    assert head == f"error: the configuration has {len(problems)} problems:"
    assert len(problems) == 2
    for problem in problems:
        assert PROBLEM.fullmatch(problem), problem
    assert (where, todo[:7]) == ("where: config/", "to do: ")


def test_check_tells_all_problems_at_once_and_is_13(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea", **SPOILT)  # type: ignore[arg-type]
    done = project.invoke(root, "check")
    assert done.returncode == 13
    assert "Traceback" not in done.stderr
    problems = [line for line in done.stderr.splitlines() if PROBLEM.fullmatch(line)]
    assert len(problems) > 30
    assert done.stderr.startswith("error: the configuration has ")


# elsewhere, and what nobody foresaw -------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["status", "plan", "promote", "posture", "verify", "doctor", "trust.show", "smoke"]
)
def test_outside_a_project_is_1(tmp_path: Path, name: str) -> None:
    done = call(tmp_path, name)
    assert done.code == 1
    what, where, todo = done.three_lines()
    assert (what, where) == ("this is no Release Ladder project", str(tmp_path))
    assert "config/pipeline.yaml" in todo
    assert list(tmp_path.iterdir()) == []


def test_a_folder_inside_a_project_is_in_it(fresh: Path) -> None:
    inside = fresh / "config" / "targets"
    assert call(inside, "status", "--json").document == call(fresh, "status", "--json").document


@pytest.fixture
def own(fresh: Path, tmp_path: Path) -> Path:
    return shutil.copytree(fresh, tmp_path / "tea")


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def crash(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr("pipeline.flows.status.status", crash)


def test_an_unexpected_exception_is_1_in_three_lines(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, RuntimeError("the kettle\nexploded\n\x1b[31m"))
    done = call(own, "status", "--json")
    assert done.code == 1
    what, where, todo = done.three_lines()
    assert what.startswith("unexpected: RuntimeError: the kettle exploded")
    assert "\x1b" not in what
    assert re.fullmatch(r"test_exit_codes\.py:\d+", where)
    assert ".release-ladder/last-error.txt" in todo
    kept = (own / ".release-ladder/last-error.txt").read_text()
    assert kept.startswith("Traceback")
    assert "exploded" in kept


def test_ctrl_c_is_130_in_three_lines(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, KeyboardInterrupt())
    done = call(own, "status")
    assert done.code == 130
    assert done.three_lines()[0] == "interrupted"


# --dry-run --------------------------------------------------------------------------------------

DRY = {
    "promote": ("promote", "--stage", "ok"),
    "approve": ("approve", "--stage", "ok", "--reason", "x"),
    "abandon": ("abandon", "--reason", "x"),
    "target.start": ("target.start",),
    "target.stop": ("target.stop",),
}


@pytest.mark.parametrize("name", DRY)
def test_a_dry_run_changes_nothing(approving: Path, name: str) -> None:
    before = photograph(approving)
    done = call(approving, *DRY[name], "--dry-run")
    assert done.code in ({0} if name in {"approve", "abandon"} else {10}), done
    assert photograph(approving) == before


def test_abandon_gives_a_release_up_once(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    project.climb(root, "water")
    done = call(root, "abandon", "--reason", "cold")
    assert (done.code, done.err) == (0, "")
    again = call(root, "abandon", "--reason", "cold")
    assert again.code == 14
    again.three_lines()
    held = call(root, "promote")
    assert held.code != 0
    assert "abandoned" in held.three_lines()[0]
    assert call(root, "status").code == 0
