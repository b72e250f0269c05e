"""Git, read without anyone's configuration: real repositories, real tricks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.edges import git, git_export
from pipeline.errors import ConflictError, EnvironmentFailedError, HeldError, UntrustedError


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
    version = git.version_at(repo, head)
    assert version == (f"{expected}{head[:9]}" if expected.endswith("+g") else expected)


def test_of_two_tags_at_one_commit_the_higher_version_counts(repo: Path) -> None:
    sh(repo, "tag", "-a", "v1.10", "-m", "ten")
    sh(repo, "tag", "v1.9")
    assert git.version_at(repo, git.head_commit(repo)) == "1.10"


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
    assert git.version_at(repo, head) == f"3.1.dev4+g{head[:9]}"


def test_a_tag_that_is_no_ancestor_says_nothing(repo: Path) -> None:
    head = git.head_commit(repo)
    commit(repo, "later")
    sh(repo, "tag", "v5.0")
    assert git.version_at(repo, head) == f"0.1.dev1+g{head[:9]}"


def test_a_shallow_clone_is_refused_with_the_command_that_deepens_it(
    repo: Path, tmp_path: Path
) -> None:
    commit(repo, "second")
    sh(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    shallow = tmp_path / "shallow"
    with pytest.raises(HeldError) as caught:
        git.version_at(shallow, git.head_commit(shallow))
    assert "git fetch --unshallow --tags" in caught.value.todo


def test_a_replace_ref_changes_nothing(repo: Path) -> None:
    first = git.head_commit(repo)
    (repo / "a.txt").write_text("evil\n")
    second = commit(repo, "evil")
    sh(repo, "replace", first, second)
    assert git.read_blob(repo, first, "a.txt") == b"one\n"


def test_the_commit_of_a_version_is_its_tags_peeled(repo: Path) -> None:
    head = git.head_commit(repo)
    sh(repo, "tag", "-a", "v1.0", "-m", "one")
    assert git.tag_commit(repo, "1.0") == head
    assert git.tag_commit(repo, "1.1") is None


def test_two_tags_for_one_version_at_two_commits_are_a_conflict(repo: Path) -> None:
    sh(repo, "tag", "v1.0rc1")
    commit(repo, "second")
    sh(repo, "tag", "v1.0-rc1")
    with pytest.raises(ConflictError, match="two commits"):
        git.tag_commit(repo, "1.0rc1")


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
    assert git.version_at(repo, head) == f"0.10.dev2+g{head[:9]}"
    sh(repo, "tag", "-d", "v0.9")
    assert git.version_at(repo, head) == f"1.1.dev4+g{head[:9]}"


def test_a_tag_of_what_is_no_commit_names_no_release(repo: Path) -> None:
    sh(repo, "tag", "v7.0", sh(repo, "rev-parse", "HEAD:a.txt"))
    sh(repo, "tag", "-m", "a tree", "v8.0", "HEAD^{tree}")
    head = git.head_commit(repo)
    assert git.version_at(repo, head) == f"0.1.dev1+g{head[:9]}"
    assert git.tag_commit(repo, "7.0") is None
    assert git.tag_commit(repo, "8.0") is None


def test_a_history_with_a_commit_missing_is_an_error(repo: Path) -> None:
    first = git.head_commit(repo)
    commit(repo, "second")
    sh(repo, "tag", "v1.0", first)
    (repo / ".git" / "objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(EnvironmentFailedError):
        git.version_at(repo, git.head_commit(repo))
