"""Clones of this checkout, in which the real ladder is climbed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
TOP = ("promote", "--stage", "post-deploy")


@dataclass(frozen=True)
class Clone:
    """A clone of HEAD, and the commands that a person types in it."""

    root: Path

    @classmethod
    def make(cls, folder: Path, source: Path = HOME) -> Clone:
        """Clone the HEAD of a checkout, this one if none is named, into a folder."""
        words = ("git", "clone", "--quiet", "--no-hardlinks", str(source), str(folder))
        subprocess.run(words, check=True, capture_output=True)
        return cls(folder)

    def command(self, *words: str) -> list[str]:
        """Return the argument vector of an Invoke task."""
        return [sys.executable, "-m", "invoke", *words]

    def environment(self) -> dict[str, str]:
        """Return this environment, without what would bring another pipeline in."""
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return {**env, "COLUMNS": "100"}

    def invoke(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run an Invoke task to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    @property
    def said(self) -> Path:
        """Return the file with what the first climb printed."""
        return self.root.with_name("said.txt")

    def run_folder(self) -> Path:
        """Return the evidence folder of the one run."""
        (found,) = (self.root / "artifacts" / "release-evidence" / "staging").iterdir()
        return found


@pytest.fixture(scope="session")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone whose release has climbed all eight rungs; its service is stopped afterwards."""
    clone = Clone.make(tmp_path_factory.mktemp("whole") / "clone")
    try:
        done = clone.invoke(*TOP)
        assert done.returncode == 0, done.stdout + done.stderr
        clone.said.write_text(done.stdout, "utf-8")
        yield clone
    finally:
        clone.invoke("target.stop", "--target", "staging")
