"""What is pinned while a climb is at work, and what becomes of an attempt that touched it."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest

from pipeline.core.journal import Status
from pipeline.errors import HeldError, StepFailedError
from pipeline.operations import pinned
from pipeline.operations.posturing import the_run
from pipeline.operations.workspace import Workspace
from pipeline.tasks.host import HostRunner
from tests.climbing import project

PLANTING = """\
import json, os, pathlib
step = json.loads(pathlib.Path(os.environ["RELEASE_LADDER_STEP"]).read_text())
for name in pathlib.Path(os.environ["HOME"], "plant").read_text().split():
    place = pathlib.Path(step["repository"], name)
    place.parent.mkdir(exist_ok=True)
    place.write_text("planted")
"""
CACHED = "__pycache__/tasks.cpython-311.pyc"


@pytest.fixture
def planting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project whose steps write the files that the text in HOME/plant lists."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return project.make(tmp_path / "tea", files={"light.py": PLANTING})


def statuses(root: Path, stage: str) -> list[Status]:
    workspace = Workspace.open(root)
    run = the_run(workspace, workspace.ladder(None), None)
    return [entry.status for entry in run.journal.of(stage)]


@pytest.mark.parametrize("place", ["tea", "tea/helpers", "elsewhere", "prefix"])
def test_byte_code_that_appears_while_a_step_runs_ends_it_uncounted(
    planting: Path, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / place
    if place == "elsewhere":
        monkeypatch.setattr(pinned, "OWN_FILES", folder)
    if place == "prefix":
        monkeypatch.setattr(sys, "pycache_prefix", str(folder))
        cached = folder / planting.relative_to("/") / "tasks.cpython-311.pyc"
    else:
        cached = folder / CACHED
    cached.parent.mkdir(parents=True)
    (tmp_path / "plant").write_text(str(cached))
    with pytest.raises(HeldError, match=r"byte code .* was written while a step ran") as caught:
        project.climb(planting, "water")
    assert "remove __pycache__ and run again" in caught.value.todo
    assert statuses(planting, "water") == [Status.BEGIN, Status.RETRY]
    (tmp_path / "plant").write_text("")
    assert project.climb(planting, "water").did == ("water",)


def test_byte_code_and_anything_else_is_a_failure(planting: Path, tmp_path: Path) -> None:
    (tmp_path / "plant").write_text(f"{CACHED} .release-ladder/keys/planted")
    with pytest.raises(StepFailedError, match="keys/planted: added"):
        project.climb(planting, "water")
    assert statuses(planting, "water") == [Status.BEGIN, Status.FAIL]


def test_what_is_touched_between_two_stages_is_found_after_the_next_step(
    planting: Path, tmp_path: Path
) -> None:
    """A process that got away from its step writes when nobody looks."""
    (tmp_path / "plant").write_text("")

    class Later(project.Quiet):
        def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
            super().stage_finished(verdict, seconds, note)
            (planting / ".release-ladder/keys/late").touch()

    with pytest.raises(StepFailedError, match=r"boil failed: .*keys/late: added"):
        project.climb(planting, watch=Later())
    assert statuses(planting, "water") == [Status.BEGIN, Status.PASS]


def test_another_command_may_compile_a_module_meanwhile(planting: Path, tmp_path: Path) -> None:
    (tmp_path / "plant").write_text("")

    class Compiling(project.Quiet):
        def step_started(self, task: str) -> None:
            super().step_started(task)
            py_compile.compile(str(planting / "tasks.py"), doraise=True)

    assert project.climb(planting, watch=Compiling()).did == ("water", "boil", "pour")


def test_who_pins_writes_no_byte_code(planting: Path) -> None:
    assert not sys.dont_write_bytecode
    pinned.pin(Workspace.open(planting))
    assert sys.dont_write_bytecode


def test_a_step_reads_the_byte_code_that_we_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", None)
    assert "PYTHONPYCACHEPREFIX" not in HostRunner(tmp_path).environment()
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    assert HostRunner(tmp_path).environment()["PYTHONPYCACHEPREFIX"] == str(tmp_path)
