"""Git, read without anyone's configuration: real repositories, real tricks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.edges import git, git_export
from pipeline.errors import EnvironmentFailedError, HeldError, UntrustedError


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


def test_head_and_its_time_are_read(repo: Path) -> None:
    head = git.head_commit(repo)
    assert head == sh(repo, "rev-parse", "HEAD")
    assert git.commit_time(repo, head) == 1_700_000_000
    assert git.commit_exists(repo, head)
    assert not git.commit_exists(repo, "0" * 40)


def test_a_branch_without_a_commit_is_held_and_a_broken_head_is_no_such_branch(
    tmp_path: Path,
) -> None:
    sh(tmp_path, "init", "--quiet", "--initial-branch=main")
    with pytest.raises(HeldError, match="no commit yet") as caught:
        git.head_commit(tmp_path)
    assert "commit first" in caught.value.todo
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text("1" * 40 + "\n")
    with pytest.raises(EnvironmentFailedError):
        git.head_commit(tmp_path)


def test_a_folder_inside_another_repository_is_no_repository(repo: Path) -> None:
    (repo / "sub").mkdir()
    with pytest.raises(EnvironmentFailedError, match="not a git repository"):
        git.head_commit(repo / "sub")


def test_a_replace_ref_changes_nothing(repo: Path) -> None:
    first = git.head_commit(repo)
    (repo / "a.txt").write_text("evil\n")
    second = commit(repo, "evil")
    sh(repo, "replace", first, second)
    assert git.read_blob(repo, first, "a.txt") == b"one\n"


def test_an_export_has_the_commits_bytes_modes_and_links(repo: Path, tmp_path: Path) -> None:
    (repo / ".gitattributes").write_text("secret.txt export-ignore\nsubst.txt export-subst\n")
    (repo / "secret.txt").write_text("kept\n")
    (repo / "subst.txt").write_text("$Format:%H$\n")
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "deep" / "er").mkdir(parents=True)
    (repo / "deep" / "er" / "link").symlink_to("../../a.txt")
    head = commit(repo, "more")
    (repo / "a.txt").write_text("changed afterwards\n")
    count = git_export.export(repo, head, tmp_path / "x" / "y", mtime=1_500_000_000, umask=0o077)
    out = tmp_path / "x" / "y"
    assert count == 6
    assert (out / "a.txt").read_text() == "one\n"
    assert (out / "subst.txt").read_text() == "$Format:%H$\n"
    assert (out / "secret.txt").exists()
    assert (out / "deep" / "er" / "link").read_text() == "one\n"
    modes = {name: (out / name).stat().st_mode & 0o777 for name in ("run.sh", "a.txt", "deep")}
    assert modes == {"run.sh": 0o700, "a.txt": 0o600, "deep": 0o700}
    assert {int(path.lstat().st_mtime) for path in out.rglob("*")} == {1_500_000_000}


def test_an_export_below_one_folder_has_only_that(repo: Path, tmp_path: Path) -> None:
    for folder in ("tests", "tests2"):
        (repo / folder).mkdir()
        (repo / folder / "t.py").write_text("")
    git_export.export(repo, commit(repo, "more"), tmp_path / "x", under="tests", mtime=0)
    assert [str(p.relative_to(tmp_path / "x")) for p in (tmp_path / "x").rglob("*.py")] == [
        "tests/t.py"
    ]


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "d/l/../../outside"])
def test_a_link_that_leaves_the_tree_is_refused(repo: Path, tmp_path: Path, target: str) -> None:
    (repo / "t").mkdir()
    (repo / "t" / "keep").write_text("")
    (repo / "d").mkdir()
    (repo / "d" / "l").symlink_to("../t")
    (repo / "bad").symlink_to(target)
    head = commit(repo, "links")
    with pytest.raises(UntrustedError, match="bad is a symbolic link that leaves the tree"):
        git_export.export(repo, head, tmp_path / "x", mtime=0)


def test_a_submodule_is_refused(repo: Path, tmp_path: Path) -> None:
    sh(repo, "update-index", "--add", "--cacheinfo", f"160000,{git.head_commit(repo)},sub")
    sh(repo, "commit", "-q", "-m", "submodule")
    with pytest.raises(UntrustedError, match="sub is a submodule"):
        git_export.export(repo, git.head_commit(repo), tmp_path / "x", mtime=0)


@pytest.mark.parametrize("name", ["back\\slash", "co:lon", "new\nline"])
def test_a_name_that_is_not_portable_is_refused(repo: Path, name: str) -> None:
    (repo / name).write_text("")
    with pytest.raises(UntrustedError, match="not portable"):
        git.list_blobs(repo, commit(repo, "odd"))


def test_names_that_differ_in_case_alone_are_refused(repo: Path, tmp_path: Path) -> None:
    (repo / "A.txt").write_text("")
    with pytest.raises(UntrustedError, match="cannot stand beside"):
        git_export.export(repo, commit(repo, "case"), tmp_path / "x", mtime=0)


def test_a_swapped_object_is_found(repo: Path, tmp_path: Path) -> None:
    head = git.head_commit(repo)
    (repo / "other").write_text("evil\n")
    sh(repo, "add", "other")
    ids = [sh(repo, "rev-parse", name) for name in (f"{head}:a.txt", ":other")]
    real, evil = (repo / ".git" / "objects" / i[:2] / i[2:] for i in ids)
    real.chmod(0o644)
    real.write_bytes(evil.read_bytes())
    with pytest.raises((UntrustedError, EnvironmentFailedError)) as caught:
        git_export.export(repo, head, tmp_path / "x", mtime=0)
    assert "a.txt" in caught.value.what
