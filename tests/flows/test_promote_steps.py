"""What promote makes of a step that holds, and what a step's process is given to see."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.journal import Status
from pipeline.errors import HeldError
from pipeline.operations.posturing import the_run
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import FILES

HOLDING = """\
import os, pathlib, sys
if not pathlib.Path(os.environ["HOME"], "cleared").exists():
    print("error: the key ring is locked")
    sys.exit(10)
"""
TELLING = """\
import os
print(sorted(name for name in os.environ if name.startswith("TEA_")))
"""
CONTRACT = "environment:\n  - {name: TEA_CUP}\n"


def statuses(root: Path, stage: str) -> list[Status]:
    workspace = Workspace.open(root)
    run = the_run(workspace, workspace.ladder(None), None)
    return [entry.status for entry in run.journal.of(stage)]


def test_a_step_that_exits_10_holds_and_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    root = project.make(tmp_path / "tea", files={"light.py": HOLDING})
    with pytest.raises(HeldError, match="the key ring is locked"):
        project.climb(root, "water")
    assert statuses(root, "water") == [Status.BEGIN, Status.RETRY]
    (tmp_path / "cleared").touch()
    assert project.climb(root, "water").did == ("water",)
    ended = statuses(root, "water")
    assert ended == [Status.BEGIN, Status.RETRY, Status.BEGIN, Status.PASS]


def test_only_a_stage_with_an_effect_sees_what_the_targets_contract_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEA_CUP", "blue")
    monkeypatch.setenv("TEA_SECRET", "not yours")
    pot = FILES["targets/pot"] + CONTRACT
    root = project.make(tmp_path / "tea", files={"light.py": TELLING}, targets__pot=pot)
    watch = project.Quiet()
    project.climb(root, "pour", watch=watch)
    said = [line for line in watch.told if line.startswith("said")]
    assert said == ["said []", "said []", "said ['TEA_CUP']"]
