"""A small real project, built once for all tests of step bodies."""

from __future__ import annotations

from pathlib import Path

import pytest
import uv

from pipeline.flows.steps import build
from pipeline.flows.steps.checks import subject as looked_at
from pipeline.operations import environments
from tests.flows.steps import driving
from tests.flows.steps.releases import Built, Release

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "tea-kettle"
version = "1.2"
requires-python = ">=3.11"
license = "MIT"
dependencies = ["iniconfig>=2", "colorama; sys_platform == 'win32'"]

[project.optional-dependencies]
web = ["packaging>=24"]

[dependency-groups]
build = ["hatchling==1.33.0"]
test = ["pytest>=9"]

[tool.hatch.build.targets.wheel]
packages = ["tea_kettle"]
"""
ADOPTED = "releases/home__kitchen__1.1__0123456789abcdef"
"""An adopted release of the project: what it released before."""
TEST = """\
import tea_kettle


def test_boils() -> None:
    assert tea_kettle.boil() == 100
"""


def write_project(root: Path) -> None:
    """Write the project's files, its lock made by uv."""
    (root / "tea_kettle").mkdir(parents=True)
    (root / "tea_kettle" / "__init__.py").write_text(
        'import iniconfig\n\n\ndef boil() -> int:\n    """Boil."""\n    return 100\n'
    )
    (root / "tests" / "candidate").mkdir(parents=True)
    (root / "tests" / "candidate" / "test_kettle.py").write_text(TEST)
    (root / "pyproject.toml").write_text(PYPROJECT)
    for name in (f"{ADOPTED}/objects.json", "releases/ledger.json", "releases/NOTES"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}\n")
    driving.sh(root, uv.find_uv_bin(), "lock", "--quiet", "--no-python-downloads")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The project, built twice by the real step body."""
    base = tmp_path_factory.mktemp("kettle")
    write_project(base / "repo")
    driving.commit_all(base / "repo", "v1.2")
    step = driving.prepare(base / "step", base / "repo", extra="web")
    build.distributions(step)
    artifacts, statements = driving.handed_on(step)
    return Built(
        repo=base / "repo",
        folder=step.folder,
        artifacts=artifacts,
        statements=statements,
    )


@pytest.fixture(scope="session")
def release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The built project, installed with its snapshot into a clean environment."""
    environment = environments.make(
        tmp_path_factory.mktemp("clean") / "x",
        wheel=built.file(".whl"),
        requirements=[built.artifacts["dependencies.txt"]],
    )
    return Release(
        built=built, environment=environment, installed=looked_at.list_installed(environment)
    )
