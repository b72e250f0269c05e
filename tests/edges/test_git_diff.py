"""Which lines differ between two commits: git's word for it, whatever the clone is set to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipeline.core.reviews.cover import lines, unchanged
from pipeline.edges import git, git_diff
from pipeline.errors import EnvironmentFailedError
from tests.climbing import project


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    project.git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def commit(root: Path, **files: bytes) -> str:
    for name, data in files.items():
        (root / name).write_bytes(data)
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=x")
    return project.git(root, "rev-parse", "HEAD")


def pair(root: Path, one: str, two: str, name: str) -> tuple[str, str]:
    ids = [project.git(root, "rev-parse", f"{at}:{name}") for at in (one, two)]
    return ids[0], ids[1]


@pytest.mark.parametrize(
    ("old", "new", "hunks"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n", [(1, 1, 1, 1)]),
        (b"a\nb\nc\n", b"a\nc\n", [(1, 1, 1, 0)]),
        (b"a\nc\n", b"a\nb\nc\n", [(1, 0, 1, 1)]),
        (b"a\n", b"z\na\n", [(0, 0, 0, 1)]),
        (b"a\n", b"a", [(0, 1, 0, 1)]),
        (b"a\nb\nc\nd\ne\n", b"A\nb\nc\nd\nE\n", [(0, 1, 0, 1), (4, 1, 4, 1)]),
        (b"x\n", b"", [(0, 1, 0, 0)]),
    ],
)
def test_differences_are_told_line_by_line(
    repo: Path, old: bytes, new: bytes, hunks: list[git_diff.Hunk]
) -> None:
    one, two = commit(repo, tea=old), commit(repo, tea=new)
    assert git_diff.hunks(repo, one, two, ["tea"]) == {pair(repo, one, two, "tea"): hunks}


def test_only_what_is_asked_for_is_told_and_equal_files_once(repo: Path) -> None:
    one = commit(repo, a=b"1\n", b=b"1\n", c=b"1\n")
    two = commit(repo, a=b"2\n", b=b"2\n", c=b"3\n")
    assert git_diff.hunks(repo, one, two, ["a", "b"]) == {pair(repo, one, two, "a"): [(0, 1, 0, 1)]}
    assert git_diff.hunks(repo, one, two, []) == {}


def test_many_files_are_asked_for_in_several_calls(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_diff, "AT_ONCE", 2)
    names = [f"f{number}" for number in range(5)]
    one = commit(repo, **{name: f"{name}\n".encode() for name in names})
    two = commit(repo, **{name: f"{name}!\n".encode() for name in names})
    found = git_diff.hunks(repo, one, two, names)
    assert set(found) == {pair(repo, one, two, name) for name in names}


def test_what_git_says_is_what_the_bytes_say(repo: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - chance that comes out the same each time
    words = [b"", b"a", b"-a", b"+a", b"@@ -1 +1 @@", b"index 0..1", b"\\ No newline", b"a\r"]
    for _ in range(15):
        old, new = (
            b"\n".join(chance.choice(words) for _ in range(chance.randrange(1, 30)))
            for _ in range(2)
        )
        if old == new:
            continue
        one, two = commit(repo, tea=old), commit(repo, tea=new)
        (hunks,) = git_diff.hunks(repo, one, two, ["tea"]).values()
        changed = sum(added for _, _, _, added in hunks)
        seams = sum(1 for _, removed, _, added in hunks if removed and not added)
        kept = unchanged(old, new, hunks)
        assert len(lines(new)) - changed - seams <= len(kept) <= len(lines(new)) - changed


def test_a_commit_that_is_not_there_is_an_error(repo: Path) -> None:
    one = commit(repo, tea=b"a\n")
    with pytest.raises(EnvironmentFailedError):
        git_diff.hunks(repo, one, "0" * 40, ["tea"])
    assert git.commit_exists(repo, one)
