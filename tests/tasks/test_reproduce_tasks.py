"""`reproduce`, `compare` and `doctor` as a person calls them: exit codes, one JSON document."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.flows.promote import Ask, promote
from pipeline.operations.workspace import Workspace
from pipeline.tasks.host import HostRunner
from tests.climbing import project
from tests.climbing.again import bundles

TASKS = project.TASKS.replace(
    "from pipeline.tasks import ns\n",
    "from pipeline.tasks import doctor, reproduce\n\n"
    "ns = invoke.Collection(*reproduce.TASKS, *doctor.TASKS)\n",
).replace(
    "{litres} litres of water", "{litres} litres of {pathlib.Path(home, 'water').read_text()}"
)
TASKS = TASKS.replace(
    "import invoke\n", "import invoke\n\nhome = pathlib.Path(__file__).parent\n", 1
)


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has climbed with real steps."""
    folder = tmp_path_factory.mktemp("tasks") / "tea"
    root = project.make(folder, files={"tasks.py": TASKS, "water": "spring"})
    promote(Workspace.open(root), Ask(stage="boil"), HostRunner(root), project.Quiet())
    return root


def test_an_equal_stage_is_0_and_a_different_one_11(tea: Path) -> None:
    done = project.invoke(tea, "reproduce", "--stage", "water")
    assert done.returncode == 0, done.stderr
    assert "scratch: [1/3]" in done.stdout
    assert "water of 1.0" in done.stdout
    assert "rerun against the store: equal" in done.stdout
    (tea / "water").write_text("rain")
    done = project.invoke(tea, "reproduce", "--stage", "water", "--json")
    (tea / "water").write_text("spring")
    assert done.returncode == 11
    told = json.loads(done.stdout)
    assert told["verdict"] == "different"
    assert [text.partition(": ")[0] for text in told["differences"]] == [
        "artifacts.artifacts/kettle.txt.digest",
        "artifacts.artifacts/kettle.txt.size",
    ]


def test_no_record_is_11_and_no_stage_is_1_in_three_lines(tea: Path) -> None:
    done = project.invoke(tea, "reproduce", "--stage", "pour")
    assert done.returncode == 11
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[-3:]] == [
        "error",
        "where",
        "to do",
    ]
    assert project.invoke(tea, "reproduce").returncode == 1


def test_compare_is_0_with_itself_and_11_with_a_folder_that_was_changed(
    tea: Path, tmp_path: Path
) -> None:
    mine = str(bundles(tea))
    done = project.invoke(tea, "compare", "--left", mine, "--right", mine, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "equal"
    shutil.copytree(mine, tmp_path / "other")
    (tmp_path / "other" / "pre-deploy" / "run.json").write_text("{}")
    done = project.invoke(tea, "compare", "--left", mine, "--right", str(tmp_path / "other"))
    assert done.returncode == 11
    assert "run.json was changed" in done.stderr
    assert project.invoke(tea, "compare", "--left", mine).returncode == 1


def test_doctor_is_0_and_10_when_something_is_missing(tea: Path, tmp_path: Path) -> None:
    done = project.invoke(tea, "doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ok"] is True
    done = project.invoke(tea, "doctor", PATH=str(tmp_path))
    assert done.returncode == 10
    assert "missing  git" in done.stdout
