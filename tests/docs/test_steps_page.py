"""docs/steps.md keeps its word: its project climbs, and its tables are what the code reads."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.envelope import Envelope
from pipeline.errors import HeldError, UnreachableError
from pipeline.operations.step_io import StepResult
from tests.climbing import project
from tests.docs import pages
from tests.docs.tables import column

PAGE = pages.ROOT / "docs" / "steps.md"
TEXT = PAGE.read_text("utf-8")
WEIGHED = "https://example.org/predicates/weight/v1"


def files() -> Iterator[tuple[str, str]]:
    """Yield path and text of every block that names its file in its first line."""
    for block in pages.FENCE.finditer(TEXT):
        named = re.match(r"# (\S+\.(?:py|yaml))\n", block["body"])
        if named:
            yield named[1], block["body"]


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the page's project, and type the page's commands."""
    root = tmp_path_factory.mktemp("greeting")
    for name, text in files():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / ".gitignore").write_text("__pycache__/\n", "utf-8")
    project.git(root, "init", "--quiet", "--initial-branch=main")
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=Greet")
    for command in typed():
        done = project.invoke(root, *command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    return root


def typed() -> list[list[str]]:
    (block,) = [b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "sh"]
    return [line.split()[1:] for line in block.splitlines()]


def phase(root: Path) -> Path:
    (found,) = (root / "artifacts" / "release-evidence" / "main").glob("*/pre-deploy")
    return found


def test_the_page_shows_every_file_of_its_project() -> None:
    assert next(name for name, _ in files()) == "tasks.py"
    assert typed() == [["check"], ["promote", "--stage", "weighed"], ["verify"]]


def test_the_project_of_the_page_climbs_and_leaves_what_the_page_says(climbed: Path) -> None:
    folder = phase(climbed)
    greeting = (folder / "packed/artifacts/greeting.txt").read_text("utf-8")
    assert greeting == "good morning, world\n"
    assert len((folder / "weighed/outputs/digest.txt").read_text("utf-8").strip()) == 64
    bundle = json.loads((folder / "weighed/01-weight.sigstore.json").read_bytes())
    assert bundle["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"
    assert "20 bytes, allowed are 64" in (folder / "weighed/logs/weigh.log").read_text("utf-8")
    assert subprocess.run(["sh", "RERUN.sh"], cwd=folder, check=False).returncode == 0


def test_a_greeting_that_is_too_long_fails_with_the_reason_of_the_page(
    climbed: Path, tmp_path: Path
) -> None:
    root = tmp_path / "long"
    project.git(tmp_path, "clone", "--quiet", str(climbed), str(root))
    ladder = root / "config/ladders/simple.yaml"
    ladder.write_text(ladder.read_text("utf-8").replace("limit: 64", "limit: 5"), "utf-8")
    project.git(root, "commit", "--quiet", "--all", "--message=Shorter")
    done = project.invoke(root, "promote", "--stage", "weighed")
    assert (done.returncode, "20 bytes are more than 5" in done.stderr) == (12, True)


def test_the_table_of_step_json_has_every_field(climbed: Path, tmp_path: Path) -> None:
    root = tmp_path / "seen"
    project.git(tmp_path, "clone", "--quiet", str(climbed), str(root))
    tasks = root / "tasks.py"
    show = '"""Make the file that is released."""\n    print(open("step.json").read())\n'
    tasks.write_text(
        tasks.read_text("utf-8").replace('"""Make the file that is released."""\n', show), "utf-8"
    )
    project.git(root, "commit", "--quiet", "--all", "--message=Look")
    done = project.invoke(root, "promote", "--stage", "packed")
    assert done.returncode == 0, done.stderr
    said = (phase(root) / "packed/logs/pack.log").read_text("utf-8")
    step = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert set(step) == set(column(TEXT, "step.json"))
    assert step["rehearsal"] is True
    assert set(step["inputs"]) == {"artifacts", "baseline", "statements", "live"}


def test_the_table_of_result_json_has_every_field() -> None:
    assert set(column(TEXT, "result.json")) == set(StepResult.__slots__)
    for name in column(TEXT, "result.json"):
        assert name in json.loads(StepResult().to_bytes())


def test_the_table_of_the_envelope_has_every_field() -> None:
    named = {name for cell in column(TEXT, "The envelope") for name in cell.split("`, `")}
    assert named == set(Envelope.model_fields)


def test_ten_holds_and_fifteen_is_for_what_cannot_be_reached() -> None:
    assert (HeldError.exit_code, UnreachableError.exit_code) == (10, 15)
    assert "| 10 |" in TEXT
    assert "| 15 |" in TEXT
