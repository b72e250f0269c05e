"""The tree that git's index stands for: git's own answer, or none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.edges import checkout, git
from pipeline.edges.git_index import index_tree


@pytest.fixture(params=["sha1", "sha256"])
def repo(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    sh(root, "init", "-q", f"--object-format={request.param}")
    for name in ("a", "TREE", "deep/TREE/b"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    sh(root, "add", "--all")
    sh(root, "commit", "-q", "-m", "first")
    return root


def sh(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def known(root: Path) -> str | None:
    return index_tree(root / ".git" / "index", len(head_tree(root)) // 2)


def head_tree(root: Path) -> str:
    return sh(root, "rev-parse", "HEAD^{tree}")


def test_after_a_commit_it_is_the_commits_tree(repo: Path) -> None:
    assert known(repo) == head_tree(repo)


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_in_every_version_of_the_file(repo: Path, version: str) -> None:
    sh(repo, "update-index", f"--index-version={version}")
    sh(repo, "config", "index.recordEndOfIndexEntries", "true")
    sh(repo, "config", "index.threads", "2")
    sh(repo, "read-tree", "HEAD")
    assert known(repo) == head_tree(repo)


def test_what_is_staged_makes_it_another_or_none(repo: Path) -> None:
    (repo / "a").write_text("other")
    assert known(repo) == head_tree(repo)
    sh(repo, "add", "a")
    assert known(repo) is None
    assert checkout.is_clean(repo) == ["a"]
    tree = sh(repo, "write-tree")
    assert known(repo) == tree != head_tree(repo)
    (repo / "a").write_text("a")
    assert checkout.is_clean(repo) == ["a"]


def test_what_is_only_meant_to_be_added_is_seen(repo: Path) -> None:
    (repo / "new").write_text("")
    sh(repo, "add", "--intent-to-add", "new")
    assert checkout.is_clean(repo) == ["new"]


def test_an_index_in_two_files_knows_it_too(repo: Path) -> None:
    sh(repo, "update-index", "--split-index")
    assert known(repo) == head_tree(repo)
    (repo / "a").write_text("other")
    sh(repo, "add", "a")
    (repo / "a").write_text("a")
    assert checkout.is_clean(repo) == ["a"]


def test_what_is_no_index_knows_nothing(repo: Path, tmp_path: Path) -> None:
    data = (repo / ".git" / "index").read_bytes()
    path = tmp_path / "index"
    assert index_tree(path, 20) is None
    for spoilt in (b"", b"DIRC", data[:-1], data[:40], b"X" + data[1:], data + b"TREE"):
        path.write_bytes(spoilt)
        assert index_tree(path, len(head_tree(repo)) // 2) is None


def test_a_linked_worktree_has_an_index_of_its_own(repo: Path) -> None:
    sh(repo, "worktree", "add", "-q", "--detach", "../side")
    side = repo.parent / "side"
    (side / "b").write_text("b")
    sh(side, "add", "b")
    (side / "b").unlink()
    assert git.staged(side, git.head_commit(side)) == {"b"}
    assert git.staged(repo, git.head_commit(repo)) == set()
