"""A disk that is really full, one where files may not grow: exit 1, then as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import EnvironmentFailedError
from tests.surviving import kitchen, live

ROOT = Path(__file__).parents[2]
SEPARATE = ("unshare", "--map-root-user", "--mount")


def tries(folder: Path, *words: str) -> list[dict[str, Any]] | None:
    """Run the climbs; `None` when this machine lets nobody mount anything."""
    program = [sys.executable, "-m", "tests.surviving.small_disk", str(folder), *words]
    done = subprocess.run(
        program if words else [*SEPARATE, *program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    if done.stderr.startswith(("unshare:", "mount:")):
        return None
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", ["small", "limit"])
def test_what_a_full_disk_cut_off_is_done_when_there_is_room(memory: Path, kind: str) -> None:
    seen = (tries(memory / "small") if kind == "small" else None) or tries(memory, "limit")
    assert seen is not None
    assert [one for one in seen if one["found"]] == []
    wrong = [
        one
        for one in seen
        if one["code"] not in {0, 1} or (one["code"] == 1) is not one["error"].startswith("Environ")
    ]
    assert wrong == []
    assert {one["code"] for one in seen[:4]} == {1}
    assert len({str(one["ran"]) for one in seen}) > 1  # some came further than others


def test_a_step_that_meets_the_full_disk_is_not_counted(
    memory: Path, tally: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea = kitchen.make(memory / "tea", fill="exit 3")
    real = os.statvfs

    def full(path: Path) -> os.statvfs_result:
        return os.statvfs_result((*real(path)[:4], 0, *real(path)[5:]))

    monkeypatch.setattr(os, "statvfs", full)
    with pytest.raises(EnvironmentFailedError, match="full disk") as refused:
        kitchen.climb(tea, tally)
    assert live.three_lines("\n".join(refused.value.lines()))
    monkeypatch.undo()
    assert kitchen.journal(tea) == [("water/1", "begin"), ("water/1", "retry")]
