"""What is released holds what was named, nothing else; the lock file names public places."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.house import rings

SDIST = tomllib.loads((rings.ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
VERSION = "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_RELEASE_LADDER"


def clone(folder: Path, *tags: str) -> Path:
    """Commit the working files in a repository of their own, with tags on its first commit."""
    folder.mkdir()
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=rings.ROOT
    )
    for name in filter(None, listed.decode().split("\0")):
        if (rings.ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((rings.ROOT / name).read_bytes())
    (folder / "README.md").touch()
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "tag.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-gpg-sign", "-m", "All"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    for tag in tags:
        subprocess.run([*git, "tag", "-m", tag, tag], cwd=folder, check=True)
    return folder


def build(source: Path, out: Path, **env: str) -> tuple[Path, Path]:
    """Build sdist and wheel with the locked backend, and return both."""
    words = [sys.executable, "-m", "uv", "build", "--quiet", "--out-dir", str(out), str(source)]
    subprocess.run(words, env=os.environ | env, check=True)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("built")
    return build(clone(folder / "source", "v3.1", "golden-v9.9"), folder / "dist")


def test_the_version_is_that_of_the_release_tag_and_of_no_other_tag(
    built: tuple[Path, Path],
) -> None:
    assert built[0].name == "release_ladder-3.1.tar.gz"
    assert built[1].name == "release_ladder-3.1-py3-none-any.whl"


def test_without_git_the_version_is_the_one_that_is_told(tmp_path: Path) -> None:
    source = clone(tmp_path / "source")
    (source / ".git").rename(tmp_path / "git")
    _, wheel = build(source, tmp_path / "dist", **{VERSION: "7.2.dev1+gabc"})
    assert wheel.name == "release_ladder-7.2.dev1+gabc-py3-none-any.whl"


def test_the_wheel_holds_the_package_alone(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = set(wheel.namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"pipeline", "release_ladder-3.1.dist-info"}
    sources = {name.removeprefix("./") for name in names if name.endswith(".py")}
    source = built[1].parents[1] / "source"
    assert sources == {f.relative_to(source).as_posix() for f in source.glob("pipeline/**/*.py")}


def test_the_sdist_holds_what_is_named_and_nothing_else(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers()}
    named = (*SDIST["targets"]["sdist"]["only-include"], "PKG-INFO", ".gitignore")
    assert [
        name
        for name in names
        if not re.match("|".join(f"{re.escape(n)}(/|$)" for n in named), name)
    ] == []
    assert {"PKG-INFO", "LICENSE", "uv.lock", "tasks.py", "pipeline/errors.py"} <= names


def test_the_lock_file_names_public_places_only() -> None:
    lock = (rings.ROOT / "uv.lock").read_text()
    places = set(re.findall(r"https?://[^/\"\s]+/(?:simple\b)?", lock))
    assert places == {"https://pypi.org/simple", "https://files.pythonhosted.org/"}
    assert not re.search(r"file://|/home/|/root/|path = ", lock)
