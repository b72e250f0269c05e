"""A local target for each test, cleared away afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.edges import service
from tests import services
from tests.edges.target_local.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    here = World(folder=tmp_path, config=services.target())
    yield here
    if (here.target / "id").exists():
        service.stop((here.target / "id").read_text() + ":", grace=0.5)
