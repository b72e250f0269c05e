"""A copy of the package to measure, so that nobody's edit changes it while it is measured.

A climb pins the pipeline's own files: an edit in the checkout would rightly end it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WANTED = (
    *("pipeline", "config", "tests/bench", "tests/climbing"),
    *("tests/edges/projects.py", "tests/policies.py"),
)


class Copy:
    """The package and what climbs with it, in a folder of their own, with byte code made."""

    def __init__(self, folder: Path) -> None:
        """Copy it there now."""
        self.root = folder
        for name in _WANTED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        shutil.copy2(ROOT / "tasks.py", folder / "tasks.py")
        self.python("-m", "compileall", "-q", ".")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of processes that run it: this one's, and where it is."""
        return {**os.environ, "PYTHONPATH": str(self.root), "PYTHONSAFEPATH": "1"}

    def python(self, *words: str) -> str:
        """Run Python with it; return what was printed."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            msg = f"{' '.join(words[:3])} failed: {done.stderr.strip()[-2000:]}"
            raise RuntimeError(msg)
        return done.stdout

    def climber(self, what: str, roots: Sequence[Path]) -> list[float]:
        """Return the seconds of each project, as the measured process says them."""
        said = self.python("-m", "tests.bench.climber", what, *map(str, roots))
        seconds: list[float] = json.loads(said)
        return seconds
