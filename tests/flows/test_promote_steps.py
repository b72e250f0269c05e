"""What promote makes of a step that holds, and what a step's process is given to see."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.journal import Status
from pipeline.errors import HeldError, StepFailedError
from pipeline.flows.promote import Ask, promote
from pipeline.operations.posturing import the_run
from pipeline.operations.workspace import Workspace
from pipeline.tasks.host import HostRunner
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


CRASHING = """\
print("before")
raise ValueError("no tea left")
"""
ERRING = """\
import sys
print("error: the leaves are wet")
print("where: the box")
sys.exit(3)
"""
LINKING = """\
import os, sys
os.unlink("logs/tea.fill.log")
os.symlink(os.environ["HOME"] + "/secret", "logs/tea.fill.log")
sys.exit(3)
"""


@pytest.mark.parametrize(
    ("light", "said"),
    [(CRASHING, "exit code 1: ValueError: no tea left"), (ERRING, "code 3: the leaves are wet")],
)
def test_a_failure_says_the_logs_last_error_and_names_the_log(
    tmp_path: Path, light: str, said: str
) -> None:
    root = project.make(tmp_path / "tea", files={"light.py": light})
    for words in (said, f"{said}), and a failure stays"):
        with pytest.raises(StepFailedError) as caught:
            project.climb(root, "water")
        assert words in caught.value.what
        log = root / caught.value.where.partition("; see ")[2]
        assert log.name == "tea.fill.log"
        assert said.partition(": ")[2] in log.read_text()
        assert "each commit is a new version" in caught.value.todo
        assert "invoke abandon --reason" in caught.value.todo


def test_a_log_that_leads_elsewhere_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text("error: hush\n")
    root = project.make(tmp_path / "tea", files={"light.py": LINKING})
    with pytest.raises(StepFailedError) as caught:
        project.climb(root, "water")
    assert "hush" not in str(caught.value)
    assert "it said nothing" in caught.value.what


def test_a_command_that_fails_in_a_task_is_named(tmp_path: Path) -> None:
    tasks = project.TASKS.replace(
        "def fill(c, litres=1):\n", 'def fill(c, litres=1):\n    c.run("false")\n'
    )
    root = project.make(tmp_path / "tea", files={"tasks.py": tasks})
    with pytest.raises(StepFailedError, match="exit code 1: `false` ended with exit code 1"):
        promote(Workspace.open(root), Ask(stage="water"), HostRunner(root), project.Quiet())


REPLACING = """\
import json, os, pathlib
step = json.loads(pathlib.Path(os.environ["RELEASE_LADDER_STEP"]).read_text())
pathlib.Path("out/kettle.txt").write_text("water" if step["task"] == "tea.fill" else "wine")
pathlib.Path("result.json").write_text(json.dumps({"artifacts": ["kettle.txt"]}))
"""


def test_a_later_stage_cannot_put_other_bytes_in_an_artifacts_place(tmp_path: Path) -> None:
    """What was built and checked is what is released: same name, same bytes, or a failure."""
    root = project.make(tmp_path / "tea", files={"light.py": REPLACING})
    with pytest.raises(StepFailedError, match=r"the artifact kettle\.txt was replaced"):
        project.climb(root, "pour")
    assert statuses(root, "boil")[-1] is Status.FAIL
    assert statuses(root, "pour") == []
