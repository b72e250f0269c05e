"""A rollout that is killed (SIGKILL) at any of its steps is finished by the next call of it.

The process that deploys kills itself right before the n-th thing it asks the system for: a rename,
a removal, a new process, a lock. Every n is tried, in turn, on one target.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.edges.driver import Observation
from tests.edges.target_local.world import World

POINTS = 60
"""More than a rollout has; the test says when it has seen them all."""
CHILD = """
import os, signal, sys
from pathlib import Path
from tests import services
from tests.edges.target_local.world import World

WATCHED = {"os.rename", "os.remove", "os.rmdir", "subprocess.Popen", "shutil.rmtree", "fcntl.flock"}
left = 0

def hook(event, arguments):
    global left
    if event in WATCHED:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

world = World(folder=Path(sys.argv[1]), config=services.target())
for line in sys.stdin:
    version, point = line.split()
    child = os.fork()
    if child == 0:
        left = int(point)
        world.rollout(version)
        sys.addaudithook(hook)
        world.apply(version)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def deploy(world: World) -> Iterator[Callable[[str, int], int]]:
    """Deploy in a process that is killed at a point; return its exit code."""
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(world.folder)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forks:
        assert forks.stdin is not None
        assert forks.stdout is not None
        given, told = forks.stdin, forks.stdout

        def once(version: str, point: int) -> int:
            given.write(f"{version} {point}\n")
            given.flush()
            return int(told.readline())

        yield once


def test_a_killed_rollout_never_ends_the_service_and_the_next_call_finishes_it(
    world: World, deploy: Callable[[str, int], int]
) -> None:
    before = world.apply("1.0").after
    seen = 0
    for point in range(1, POINTS):
        version = f"2.{point}"
        code = deploy(version, point)
        assert code in {0, -signal.SIGKILL}
        killed = code != 0
        seen += killed
        assert world.serving() in {str(before.version), version}  # somebody serves, always
        key = world.rollout(version).key
        applied = world.driver.observe(key, 1) is Observation.APPLIED
        assert applied == (world.driver.state().version == version)
        receipt = world.apply(version)
        assert world.serving() == version
        assert receipt.before == before
        assert receipt.after == world.driver.measure().state
        assert len(world.processes()) == 1
        assert len(list((world.target / "versions").iterdir())) <= 3
        assert not list((world.target / "versions").glob(".*"))
        before = receipt.after
        if not killed:
            break
    assert seen >= 30
    assert not killed, "there are more points than were tried"
