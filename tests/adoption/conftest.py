"""Two climbed releases for all tests of a worker, and copies of them to be adopted and damaged."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adoption import shelf


@pytest.fixture(scope="session")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with two releases, none adopted; nobody changes it."""
    return shelf.make(tmp_path_factory.mktemp("climbed") / "project")


@pytest.fixture(scope="session")
def kept(climbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project with its first release adopted; nobody changes it."""
    root = tmp_path_factory.mktemp("kept") / "project"
    shutil.copytree(climbed, root, symlinks=True)
    (root / "releases" / "v0").mkdir(parents=True)
    (root / "releases" / "README.md").write_text("What was adopted.\n")
    (root / "releases" / "v0" / "SNAPSHOT.md").write_text("A snapshot.\n")
    shelf.adopted(root, shelf.FIRST)
    return root


@pytest.fixture
def fresh(climbed: Path, tmp_path: Path) -> Path:
    """Give a copy of the project with nothing adopted."""
    return Path(shutil.copytree(climbed, tmp_path / "project", symlinks=True))


@pytest.fixture
def root(kept: Path, tmp_path: Path) -> Path:
    """Give a copy of the project with its first release adopted."""
    return Path(shutil.copytree(kept, tmp_path / "project", symlinks=True))


@pytest.fixture
def both(root: Path) -> Path:
    """Give the project with both releases adopted."""
    shelf.adopted(root, shelf.SECOND)
    return root


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder in memory where there is such a place: these tests sync hundreds of times."""
    there = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    folder = Path(tempfile.mkdtemp(dir=there if there.is_dir() else None))
    yield folder
    shutil.rmtree(folder)
