"""The version of a commit and the commit of a version, in real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.edges import git, git_versions
from pipeline.errors import ConflictError, EnvironmentFailedError, HeldError


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    sh(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("one\n")
    commit(root, "first")
    return root


def sh(root: Path, *arguments: str, **env: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        cwd=root,
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(root: Path, message: str, time: str = "1700000000 +0100") -> str:
    sh(root, "add", "--all")
    dates = {"GIT_COMMITTER_DATE": time, "GIT_AUTHOR_DATE": time}
    sh(root, "commit", "-q", "--allow-empty", "-m", message, **dates)
    return sh(root, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("tag", "behind", "expected"),
    [
        ("v1.2", 0, "1.2"),
        ("v1.2.0", 0, "1.2.0"),
        ("v1.2.0", 3, "1.2.1.dev3+g"),
        ("v1.2", 1, "1.3.dev1+g"),
        ("v2.0rc1", 2, "2.0rc2.dev2+g"),
        ("v1.0.post1", 1, "1.0.post2.dev1+g"),
        ("v1.0.dev4", 2, "1.0.dev6+g"),
        ("golden-v1.0", 1, "0.1.dev2+g"),
        ("v1-draft", 0, "0.1.dev1+g"),
    ],
)
def test_the_version_is_the_tags_or_follows_from_it(
    repo: Path, tag: str, behind: int, expected: str
) -> None:
    sh(repo, "tag", tag)
    head = git.head_commit(repo)
    for number in range(behind):
        head = commit(repo, str(number))
    version = git_versions.version_at(repo, head)
    assert version == (f"{expected}{head[:9]}" if expected.endswith("+g") else expected)


def test_of_two_tags_at_one_commit_the_higher_version_counts(repo: Path) -> None:
    sh(repo, "tag", "-a", "v1.10", "-m", "ten")
    sh(repo, "tag", "v1.9")
    assert git_versions.version_at(repo, git.head_commit(repo)) == "1.10"


def test_the_nearest_tag_counts_across_a_merge(repo: Path) -> None:
    sh(repo, "tag", "v1.0")
    sh(repo, "checkout", "-q", "-b", "side")
    commit(repo, "side")
    sh(repo, "tag", "v3.0")
    sh(repo, "checkout", "-q", "main")
    for number in range(3):
        commit(repo, f"main {number}")
    sh(repo, "merge", "-q", "--no-ff", "-m", "merge", "side")
    head = git.head_commit(repo)
    assert git_versions.version_at(repo, head) == f"3.1.dev4+g{head[:9]}"


def test_a_tag_that_is_no_ancestor_says_nothing(repo: Path) -> None:
    head = git.head_commit(repo)
    commit(repo, "later")
    sh(repo, "tag", "v5.0")
    assert git_versions.version_at(repo, head) == f"0.1.dev1+g{head[:9]}"


def test_a_shallow_clone_is_refused_with_the_command_that_deepens_it(
    repo: Path, tmp_path: Path
) -> None:
    commit(repo, "second")
    sh(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    shallow = tmp_path / "shallow"
    with pytest.raises(HeldError) as caught:
        git_versions.version_at(shallow, git.head_commit(shallow))
    assert "git fetch --unshallow --tags" in caught.value.todo


def test_the_commit_of_a_version_is_its_tags_peeled(repo: Path) -> None:
    head = git.head_commit(repo)
    sh(repo, "tag", "-a", "v1.0", "-m", "one")
    assert git_versions.tag_commit(repo, "1.0") == head
    assert git_versions.tag_commit(repo, "1.1") is None


def test_two_tags_for_one_version_at_two_commits_are_a_conflict(repo: Path) -> None:
    sh(repo, "tag", "v1.0rc1")
    commit(repo, "second")
    sh(repo, "tag", "v1.0-rc1")
    with pytest.raises(ConflictError, match="two commits"):
        git_versions.tag_commit(repo, "1.0rc1")


def test_the_nearest_tag_is_found_though_a_parent_is_dated_after_its_children(repo: Path) -> None:
    sh(repo, "tag", "v0.1")
    commit(repo, "base", "1800000000 +0000")
    sh(repo, "tag", "v1.0")
    commit(repo, "late", "1900000000 +0000")
    for side, time in (("left", "1500000000 +0000"), ("right", "1700000000 +0000")):
        sh(repo, "checkout", "-q", "-b", side, "main")
        commit(repo, side, time)
    sh(repo, "tag", "v0.9", "left")
    when = {"GIT_COMMITTER_DATE": "1600000000 +0000", "GIT_AUTHOR_DATE": "1600000000 +0000"}
    sh(repo, "merge", "-q", "--no-ff", "-m", "both", "left", **when)
    head = git.head_commit(repo)
    assert git_versions.version_at(repo, head) == f"0.10.dev2+g{head[:9]}"
    sh(repo, "tag", "-d", "v0.9")
    assert git_versions.version_at(repo, head) == f"1.1.dev4+g{head[:9]}"


def test_a_tag_of_what_is_no_commit_names_no_release(repo: Path) -> None:
    sh(repo, "tag", "v7.0", sh(repo, "rev-parse", "HEAD:a.txt"))
    sh(repo, "tag", "-m", "a tree", "v8.0", "HEAD^{tree}")
    head = git.head_commit(repo)
    assert git_versions.version_at(repo, head) == f"0.1.dev1+g{head[:9]}"
    assert git_versions.tag_commit(repo, "7.0") is None
    assert git_versions.tag_commit(repo, "8.0") is None


def test_a_history_with_a_commit_missing_is_an_error(repo: Path) -> None:
    first = git.head_commit(repo)
    commit(repo, "second")
    sh(repo, "tag", "v1.0", first)
    (repo / ".git" / "objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(EnvironmentFailedError):
        git_versions.version_at(repo, git.head_commit(repo))


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v01.2", "1.2"),
        ("v1.2-RC", "1.2rc0"),
        ("v1.0-3", "1.0.post3"),
        ("v0!1.0.dev", "1.0.dev0"),
        ("v1.10+Ubuntu.010", "1.10+ubuntu.10"),
    ],
)
def test_a_tag_in_another_spelling_names_its_version(repo: Path, tag: str, version: str) -> None:
    sh(repo, "tag", tag)
    sh(repo, "tag", "v1.20")
    assert git_versions.tag_commit(repo, version) == git.head_commit(repo)


def test_a_pattern_with_digits_in_its_prefix_names_the_version_behind_it(repo: Path) -> None:
    sh(repo, "tag", "tea-7-1.2")
    assert git_versions.tag_commit(repo, "1.2", "tea-7-[0-9]*") == git.head_commit(repo)
    assert git_versions.tag_commit(repo, "7.1.2", "tea-7-[0-9]*") is None
