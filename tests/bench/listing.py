"""`invoke --list` of this project against Invoke with an empty tasks.py."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.copy import Copy
from tests.bench.measure import Row, Unit, in_turn, process

AIM = 1.2
REPETITIONS, SECONDS = 21, 12.0
_LIST = (sys.executable, "-m", "invoke", "--list")


def rows(folder: Path, copy: Copy) -> Iterator[Row]:
    """Measure both as whole processes, byte code made."""
    empty = folder / "empty"
    empty.mkdir()
    (empty / "tasks.py").write_bytes(b"")
    env = copy.environment
    bodies: dict[str, Callable[[], float]] = {
        "ours": lambda: process(_LIST, cwd=copy.root, env=env),
        # no tasks to list: Invoke says so and ends with 1
        "bare": lambda: process(_LIST, cwd=empty, env=env, codes=(0, 1)),
    }
    for body in bodies.values():
        body()
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    yield Row(
        name="invoke --list",
        unit=Unit.MS,
        ours=taken["ours"].each(lambda value: value * 1000),
        peer_name="empty tasks.py",
        peer=taken["bare"].each(lambda value: value * 1000),
        aim=AIM,
    )
