"""Who is at the keyboard: git's word; and who it is for what must never wait for a name."""

from __future__ import annotations

import getpass
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipeline.edges.person import person, somebody
from pipeline.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def nameless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository in which git knows nobody."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.useConfigOnly", "true"], check=True)
    return tmp_path


def test_an_approver_whom_git_does_not_know_is_not_made_up(nameless: Path) -> None:
    with pytest.raises(EnvironmentFailedError, match="nobody could be named"):
        person(nameless)


def test_a_hold_does_not_wait_for_a_name_in_git(nameless: Path) -> None:
    user = getpass.getuser()
    assert somebody(nameless).startswith(f"{user} <{user}@")


def test_whom_git_names_is_named(nameless: Path) -> None:
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.invalid")):
        subprocess.run(["git", "-C", str(nameless), "config", name, value], check=True)
    assert person(nameless) == somebody(nameless) == "Ada <ada@example.invalid>"
