"""Projects with a ladder of no-op stages: a step leaves 20 files and one statement of 1 kB."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.climbing import project
from tests.edges.projects import ENVELOPE

FILES = 20
"""Files that a step leaves in `out/`, of 1 KiB each."""
STATEMENT = 1000
"""Bytes of text in the statement of each stage."""
TYPE = "https://example.invalid/note/v1"

STEP = f'''\
"""A no-op: {FILES} files, the first step an artifact too, and a statement about that artifact."""

import json
import os

first = not os.path.isdir("inputs/artifacts")
for number in range({FILES}):
    with open(f"out/{{number:02d}}.txt", "wb") as file:
        file.write(b"%016d" % (number + os.getpid() * 100) * 64)
if first:
    with open("out/thing.txt", "wb") as file:
        file.write(b"thing")
note = {{"text": "x" * {STATEMENT}}}
statement = {{"type": "{TYPE}", "subject": ["thing.txt"], "predicate": note}}
with open("result.json", "w") as file:
    json.dump({{"artifacts": ["thing.txt"] if first else [], "statements": [statement]}}, file)
'''
"""Each stage's files differ from every other's, so that none is in the store already."""


def make(folder: Path, stages: int) -> Path:
    """Make a project of so many stages, the last of them in the phase after deployment."""
    files = {"light.py": STEP}
    return project.make(folder, files=files, ladders__kettle=_ladder(stages))


def last(stages: int) -> str:
    """Return the id of the top stage."""
    return f"stage_{stages - 1:02d}"


def bare(folder: Path) -> list[str]:
    """Make a folder in which the step runs alone; return the argument vector."""
    (folder / "out").mkdir(parents=True)
    (folder / "light.py").write_text(STEP, "utf-8")
    return [sys.executable, "-I", "-S", str(folder / "light.py")]


def _ladder(stages: int) -> str:
    lines = ["ladder: kettle", "target: pot", "gate: kitchen", "channel: home", "stages:"]
    for number in range(stages):
        phase = "post-deploy" if number and number == stages - 1 else "pre-deploy"
        lines += [
            f"  - id: stage_{number:02d}",
            f"    phase: {phase}",
            "    steps: [{task: tea.pour}]",
            f"    envelope: {ENVELOPE}",
            f'    emits: ["{TYPE}"]',
        ]
    return "\n".join(lines) + "\n"
