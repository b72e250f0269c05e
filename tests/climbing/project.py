"""A project in a folder of its own: git, config/, tasks.py, and a ladder no shipped code knows."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.flows.promote import Ask, Climbed, promote
from pipeline.operations.workspace import Workspace
from tests.edges import projects

if TYPE_CHECKING:
    from collections.abc import Mapping

TASKS = '''\
"""The tea project's own tasks, beside the shipped ones."""

import json
import pathlib

import invoke
from pipeline.tasks import ns

tea = invoke.Collection("tea")


def leave(**result):
    pathlib.Path("result.json").write_text(json.dumps(result))


@invoke.task
def fill(c, litres=1):
    pathlib.Path("out/kettle.txt").write_text(f"{litres} litres of water\\n")
    leave(artifacts=["kettle.txt"])


@invoke.task
def boil(c):
    step = json.loads(pathlib.Path("step.json").read_text())
    text = pathlib.Path(step["inputs"]["artifacts"]["kettle.txt"]).read_text()
    pathlib.Path("out/seen.txt").write_text(text)
    print("boiling", text)


@invoke.task
def pour(c):
    print("poured")


for body in (fill, boil, pour):
    tea.add_task(body)
ns.add_collection(tea)
'''

GIT = (
    "git",
    *("-c", "user.name=Tea", "-c", "user.email=tea@example.invalid", "-c", "commit.gpgsign=false"),
)


def git(root: Path, *arguments: str) -> str:
    """Run git in a project."""
    done = subprocess.run([*GIT, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Quiet:
    """A watch that keeps what it was told."""

    told: list[str] = field(default_factory=list)

    def stage_started(self, stage_id: str, alias: str, number: int, total: int) -> None:
        """Keep it."""
        self.told.append(f"stage {stage_id} ({alias}) {number}/{total}")

    def step_started(self, task: str) -> None:
        """Keep it."""
        self.told.append(f"step {task}")

    def output(self, line: str) -> None:
        """Keep it."""
        self.told.append(f"said {line}")

    def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
        """Keep it."""
        assert seconds >= 0
        self.told.append(f"{verdict} {note}".strip())


class LightRunner:
    """Runs the project's `light.py` with a bare Python: a step in 20 ms instead of 300."""

    def __init__(self, root: Path) -> None:
        """Take the project's root."""
        self.root = root

    def command(self) -> list[str]:
        """Return the argument vector."""
        return [sys.executable, "-I", "-S", str(self.root / "light.py")]

    def environment(self) -> dict[str, str]:
        """Return nothing."""
        return {}


LIGHT = '''\
"""What the tea project's steps do, for a Python without packages."""

import json
import os
import pathlib

step = json.loads(pathlib.Path(os.environ["RELEASE_LADDER_STEP"]).read_text())
if step["task"] == "tea.fill":
    pathlib.Path("out/kettle.txt").write_text(f"{step['arguments']['litres']} litres of water\\n")
    pathlib.Path("result.json").write_text(json.dumps({"artifacts": ["kettle.txt"]}))
elif step["task"] == "tea.boil":
    text = pathlib.Path(step["inputs"]["artifacts"]["kettle.txt"]).read_text()
    pathlib.Path("out/seen.txt").write_text(text)
print(step["task"])
'''


def make(folder: Path, *, files: Mapping[str, str] | None = None, **config: str) -> Path:
    """Make the tea project in a folder and commit it; `config` replaces files of its config/."""
    folder.mkdir(parents=True, exist_ok=True)
    projects.write(folder, **config)
    (folder / "tasks.py").write_text(TASKS, "utf-8")
    (folder / "light.py").write_text(LIGHT, "utf-8")
    (folder / ".gitignore").write_text("/.release-ladder/\n/artifacts/\n__pycache__/\n", "utf-8")
    for name, text in (files or {}).items():
        (folder / name).write_text(text, "utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Tea")
    git(folder, "config", "user.email", "tea@example.invalid")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Put the kettle on")
    git(folder, "tag", "v1.0")
    return folder


def climb(root: Path, stage: str | None = "pour", *, watch: Quiet | None = None) -> Climbed:
    """Climb with light steps, in this process."""
    workspace = Workspace.open(root)
    return promote(workspace, Ask(stage=stage), LightRunner(root), watch or Quiet())


def invoke(root: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `invoke` in a project, as a person would."""
    home = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-m", "invoke", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(home), "COLUMNS": "100", **env},
    )
