"""The installed wheel, away from the source tree: its metadata, its files, its console script."""

import base64
import hashlib
import importlib
import importlib.metadata
import pkgutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

import pipeline

NAME = "release-ladder"
SITE = Path(sysconfig.get_paths()["purelib"]).resolve()
MODULES = [
    found.name
    for found in pkgutil.walk_packages(pipeline.__path__, "pipeline.")
    if not found.name.endswith("__main__")
]


def script(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the console script that the wheel installed."""
    return subprocess.run(
        [Path(sysconfig.get_path("scripts")) / NAME, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=10,
        cwd=folder,
    )


def test_the_package_comes_from_the_environment_and_from_no_checkout() -> None:
    assert pipeline.__file__ is not None
    place = Path(pipeline.__file__).resolve()
    assert place.parent.parent == SITE
    assert not (SITE / "pyproject.toml").exists()


def test_every_file_is_the_one_that_was_packed() -> None:
    packed = [one for one in importlib.metadata.files(NAME) or [] if one.hash is not None]
    inside = [one for one in packed if one.parts[0] == "pipeline"]
    assert len(inside) > 20
    for one in inside:
        assert one.hash is not None
        assert one.hash.mode == "sha256"
        digest = hashlib.sha256(Path(str(one.locate())).read_bytes()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == one.hash.value, one


def test_the_metadata_says_what_the_package_is() -> None:
    metadata = importlib.metadata.metadata(NAME)
    assert metadata["Name"] == NAME
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"web"} <= set(metadata.get_all("Provides-Extra") or [])
    assert metadata["Summary"].startswith("A release pipeline that climbs")


def test_the_package_data_came_along() -> None:
    names = {one.as_posix() for one in importlib.metadata.files(NAME) or []}
    assert "pipeline/page/templates/assurance.html.j2" in names
    assert "pipeline/page/templates/assurance.css" in names
    assert not {name for name in names if name.startswith(("tests/", "config/", "docs/"))}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported(module: str) -> None:
    loaded = importlib.import_module(module)
    assert loaded.__file__ is not None
    assert Path(loaded.__file__).resolve().is_relative_to(SITE)


def test_the_console_script_tells_its_version(tmp_path: Path) -> None:
    ended = script("--version", folder=tmp_path)
    assert ended.returncode == 0
    assert importlib.metadata.version(NAME) in ended.stdout


def test_the_console_script_helps(tmp_path: Path) -> None:
    ended = script("--help", folder=tmp_path)
    assert ended.returncode == 0
    assert "usage" in ended.stdout.lower()
    assert "Traceback" not in ended.stderr


def test_the_console_script_lists_the_everyday_tasks(tmp_path: Path) -> None:
    ended = script("--list", folder=tmp_path)
    assert ended.returncode == 0
    listed = {line.split()[0] for line in ended.stdout.splitlines() if line.strip()}
    assert {"check", "doctor", "plan", "promote", "status", "why", "verify"} <= listed


def test_a_task_that_does_not_exist_is_no_traceback(tmp_path: Path) -> None:
    ended = script("no-such-task", folder=tmp_path)
    assert ended.returncode == 1
    assert "no-such-task" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_is_written_where_the_script_is_asked_for_help(tmp_path: Path) -> None:
    script("--help", folder=tmp_path)
    script("--list", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
