"""Folders in memory: a climb is hundreds of fsyncs, and these tests are thousands of climbs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surviving import kitchen

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
ENOUGH = 64 * 1024 * 1024


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder that is in memory where there is such a place."""
    roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > ENOUGH
    folder = Path(tempfile.mkdtemp(dir=SHARED_MEMORY if roomy else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tea(memory: Path) -> Path:
    """Give a fresh project with steps of a millisecond."""
    return kitchen.make(memory / "tea")


@pytest.fixture
def tally(memory: Path) -> Path:
    """Give the file in which the steps keep count."""
    return memory / "tally"
