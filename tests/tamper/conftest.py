"""One finished release for all walks of a worker, and copies of it to be damaged."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.operations.workspace import Workspace
from tests.tamper import damage, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that has climbed to the top; nobody changes it."""
    return release.finished(tmp_path_factory.mktemp("tea") / "project")


@pytest.fixture
def finished(template: Path, tmp_path: Path) -> Path:
    """A copy of the finished release."""
    root = tmp_path / "project"
    shutil.copytree(template, root, symlinks=True)
    return root


@pytest.fixture
def unchanged(finished: Path) -> Iterator[Callable[[], None]]:
    """A question, whether the project is as it was; it is asked once more at the end."""
    before = damage.state(finished)

    def ask() -> None:
        assert damage.state(finished) == before

    yield ask
    ask()
    damage.check(finished)


@pytest.fixture
def workspace(finished: Path) -> Workspace:
    return Workspace.open(finished)
