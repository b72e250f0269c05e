"""The real command in a process of its own, with a step that takes as long as a test wants."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.climbing import project
from tests.surviving import kitchen

HOME = Path(__file__).parents[2]
PATIENCE = 60.0
TASKS = '''\
import pathlib
import json
import subprocess
import sys
import time

import invoke
from pipeline.tasks import ns

tea = invoke.Collection("tea")


def brew(name):
    """Leave a child and a grandchild running until the test says so."""
    outside = pathlib.Path(json.loads(pathlib.Path("step.json").read_text())["repository"]).parent
    if (outside / f"{name}.slow").exists():
        nap = "import subprocess, sys, time; subprocess.Popen(['sleep', '900']); time.sleep(900)"
        child = subprocess.Popen([sys.executable, "-c", nap])
        (outside / f"{name}.runs").write_text(str(child.pid))
        while (outside / f"{name}.slow").exists():
            time.sleep(0.02)
    with (outside / "tally").open("a") as tally:
        tally.write(f"{name}\\n")


@invoke.task
def fill(c, litres=1):
    pathlib.Path("out/kettle.txt").write_text(f"{litres} litres\\n")
    pathlib.Path("result.json").write_text(json.dumps({"artifacts": ["kettle.txt"]}))
    brew("fill")


@invoke.task
def boil(c):
    brew("boil")


@invoke.task
def pour(c):
    brew("pour")


for body in (fill, boil, pour):
    tea.add_task(body)
ns.add_collection(tea)
'''


def make(folder: Path) -> Path:
    """Make the project with real Invoke tasks as steps."""
    files = {"tasks.py": TASKS, ".gitignore": "__pycache__/\n"}
    return project.make(folder, files=files)


def slow(root: Path, step: str) -> None:
    """Let a step wait until `quick`."""
    (root.parent / f"{step}.slow").touch()


def quick(root: Path, step: str) -> None:
    """Let it go on."""
    (root.parent / f"{step}.slow").unlink()
    (root.parent / f"{step}.runs").unlink(missing_ok=True)


def interruptible() -> None:
    """Take SIGINT as a shell's foreground does, also where we were started to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(root: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run `invoke` in a session of its own; whatever happens, it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - the tests start no threads
        env={**os.environ, "PYTHONPATH": str(HOME), "COLUMNS": "100"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(what: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begun(root: Path, step: str) -> int:
    """Wait until a slow step runs; return the process id of the child that it has started."""
    noted = root.parent / f"{step}.runs"
    until(lambda: noted.exists() and noted.read_text() != "")
    return int(noted.read_text())


def alive(session: int) -> list[str]:
    """Return the command lines of all processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except (ProcessLookupError, FileNotFoundError):
                continue
    return [line for line in found if line]  # one that has ended, and nobody asked about, has none


def three_lines(text: str) -> bool:
    """Tell whether text ends with the three lines of an error, and holds no traceback."""
    lines = text.rstrip("\n").splitlines()
    return len(lines) >= 3 and "Traceback" not in text


def runs(root: Path) -> dict[str, int]:
    """Return how often each step came to its end."""
    return kitchen.runs(root.parent / "tally")
