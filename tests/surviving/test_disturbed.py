"""Killed, interrupted or out of room at any call: the next run ends as if nothing had been.

Killing is exhaustive: every state of the disk that a climb goes through, and every write cut in its
middle (a call that changes nothing, such as `fsync`, leaves the state that was before it; states
that differ but in private folders are sampled, since those are removed first). The others are
samples of the same points; a larger stride costs less and sees less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.surviving import disk, disturbed, kitchen

ROOT = Path(__file__).parents[2]
SHARDS = 8
STRIDES = {"power": 7, "full": 9, "interrupt": 29}


def disturb(memory: Path, how: str, shard: int, shards: int, stride: int) -> list[dict[str, Any]]:
    """Walk over a shard's points; return what is wrong."""
    template = kitchen.make(memory / "template")
    words = (str(template), str(memory), how, str(shard), str(shards), str(stride))
    done = subprocess.run(
        [sys.executable, "-m", "tests.surviving.disturbed", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        # measuring would cost more than the climbs, and a killed process measures nothing
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.returncode == 0, done.stderr
    *points, total = [json.loads(line) for line in done.stdout.splitlines()]
    assert total["calls"] > 300
    assert len(points) == total["points"] > 0
    return [point for point in points if point["problems"]]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_any_call_that_changes_the_disk(memory: Path, shard: int) -> None:
    assert disturb(memory, "kill", shard, SHARDS, 1) == []


@pytest.mark.parametrize("how", STRIDES)
@pytest.mark.parametrize("shard", range(2))
def test_disturbed_in_another_way(memory: Path, how: str, shard: int) -> None:
    assert disturb(memory, how, shard, 2, STRIDES[how]) == []


def test_the_points_are_every_state_of_the_disk_once() -> None:
    calls = ["open", "write", "fsync", "fsync", "rename", "fsync"]
    early = [number for number, late in disturbed.points(calls, "kill") if not late]
    assert early == [0, 1, 2, 5]
    assert [number for number, late in disturbed.points(calls, "kill") if late] == [1]
    swept = [f"{name}*" for name in calls] * 4
    assert 0 < len(list(disturbed.points([*calls, *swept], "kill"))) - 5 < 5
    assert len(list(disturbed.points(calls, "interrupt"))) == 2 * len(calls)
    assert (4, False) in disturbed.points(calls, "full")


def test_a_difference_is_found(memory: Path) -> None:
    template = kitchen.make(memory / "template")
    place = disturbed.Place(template, memory / "place")
    place.climb()
    before = kitchen.ended(place.root)
    assert disturbed.differences(before, kitchen.ended(place.root), exact=True) == []
    run = next((place.root / "artifacts/release-evidence/home").iterdir())
    (run / ".pre-deploy.old").mkdir()
    (run / "post-deploy/pour/logs/tea.pour.log").chmod(0o644)
    (next((place.root / "artifacts/store/journals").iterdir())).write_bytes(b"")
    found = disturbed.differences(before, kitchen.ended(place.root), exact=True)
    assert [line.split(":")[0] for line in found] == ["journal", "left behind"]


def test_every_write_of_a_file_is_seen(memory: Path) -> None:
    pid = os.fork()
    if pid == 0:
        counter = disk.Counter()
        disk.watch(counter)
        (memory / "a").write_bytes(b"a")
        (memory / "b").write_text("b", "utf-8")
        (memory / "a").rename(memory / "c")
        (memory / "c").unlink()
        wanted = ["open", "write", "open", "write", "rename", "unlink"]
        os._exit(0 if counter.calls == wanted else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
