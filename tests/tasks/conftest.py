"""The tea project, once climbed and once not, for tests that only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.climbing import project
from tests.tasks.calling import APPROVING


@pytest.fixture(scope="session")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose release has climbed its whole ladder."""
    root = project.make(tmp_path_factory.mktemp("climbed") / "tea")
    project.climb(root)
    return root


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that nobody has climbed; who climbs it makes one of their own."""
    return project.make(tmp_path_factory.mktemp("fresh") / "tea")


@pytest.fixture(scope="session")
def approving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has climbed up to its approval stage."""
    root = project.make(tmp_path_factory.mktemp("approving") / "tea", files=None, **APPROVING)
    project.climb(root, "heat")
    return root
