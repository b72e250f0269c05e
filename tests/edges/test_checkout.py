"""The checkout against its commit: whatever git is told here, every difference is named."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.edges import checkout, git

IMPORTED = "(ignored, but Python would import it)"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return made(tmp_path / "repo", "sha1")


def made(root: Path, hashing: str) -> Path:
    root.mkdir()
    sh(root, "init", "-q", "-b", "main", f"--object-format={hashing}")
    write(root, {"a.txt": "one\n", "config/x.yaml": "task: boil\n"})
    commit(root)
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


def commit(root: Path) -> None:
    sh(root, "add", "--all")
    sh(root, "commit", "-q", "-m", "more")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def test_a_clean_tree_is_clean_and_ignored_files_do_not_count(repo: Path) -> None:
    (repo / ".gitignore").write_text("*.log\n")
    commit(repo)
    (repo / "x.log").write_text("x")
    assert checkout.is_clean(repo) == []


def test_changed_staged_removed_and_untracked_files_are_named(repo: Path) -> None:
    for name in ("staged", "gone", "mode"):
        (repo / name).write_text("1")
    commit(repo)
    (repo / "a.txt").write_text("two\n")
    (repo / "staged").write_text("2")
    sh(repo, "add", "staged")
    (repo / "gone").unlink()
    (repo / "mode").chmod(0o755)
    (repo / "new dir").mkdir()
    (repo / "new dir" / "ü.txt").write_text("x")
    assert checkout.is_clean(repo) == ["a.txt", "gone", "mode", "new dir/ü.txt", "staged"]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_that_the_index_was_told_to_overlook_is_found(repo: Path, flag: str) -> None:
    sh(repo, "update-index", flag, "a.txt")
    (repo / "a.txt").write_text("TWO\n")
    assert sh(repo, "status", "--porcelain") == ""
    assert checkout.is_clean(repo) == ["a.txt"]


def test_a_change_of_equal_size_with_restored_times_is_found(repo: Path) -> None:
    sh(repo, "config", "core.trustctime", "false")
    sh(repo, "config", "core.checkStat", "minimal")
    path = repo / "a.txt"
    os.utime(path, (1_600_000_000, 1_600_000_000))
    sh(repo, "status")  # the index takes the old time in
    path.write_text("TWO\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert sh(repo, "status", "--porcelain") == ""
    assert checkout.is_clean(repo) == ["a.txt"]


def test_configuration_that_hides_dirt_or_runs_programs_is_not_obeyed(
    repo: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    hook = tmp_path / "monitor"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    sh(repo, "config", "core.fsmonitor", str(hook))
    sh(repo, "config", "status.showUntrackedFiles", "no")
    sh(repo, "config", "core.fileMode", "false")
    (tmp_path / "everything").write_text("*\n")
    sh(repo, "config", "core.excludesFile", str(tmp_path / "everything"))
    (repo / "new").write_text("x")
    (repo / "a.txt").chmod(0o755)
    assert checkout.is_clean(repo) == ["a.txt", "new"]
    assert not ran.exists()


def filtered(root: Path) -> None:
    write(root, {".git/info/attributes": "config/** filter=evil\n"})
    sh(root, "config", "filter.evil.clean", "git cat-file blob HEAD:%f")


def elsewhere(root: Path) -> None:
    sh(root.parent, "clone", "-q", str(root), "other")
    sh(root, "config", "core.worktree", str(root.parent / "other"))


def sparse(root: Path) -> None:
    sh(root, "sparse-checkout", "set", "nothing")
    write(root, {"config/x.yaml": ""})


def included(root: Path) -> None:
    write(root.parent, {"settings": "[core]\n\tworktree = /\n\tignoreCase = true\n"})
    sh(root, "config", "include.path", str(root.parent / "settings"))


def in_another_encoding(root: Path) -> None:
    write(root, {".git/info/attributes": "* text eol=crlf working-tree-encoding=UTF-16\n"})


@pytest.mark.parametrize(
    "blind", [filtered, elsewhere, sparse, included, in_another_encoding], ids=lambda f: f.__name__
)
def test_an_edited_file_is_named_whatever_this_repository_is_told(
    repo: Path, blind: Callable[[Path], None]
) -> None:
    blind(repo)
    write(repo, {"config/x.yaml": "task: pour\n"})
    assert "config/x.yaml" in checkout.is_clean(repo)


def test_an_untracked_file_is_named_whatever_this_repository_is_told(repo: Path) -> None:
    hidden = {".git/info/exclude": "*\n", "config/new.yaml": "", "config/.gitignore": "*\n"}
    write(repo, hidden)
    sh(repo, "config", "core.excludesFile", str(repo / ".git/info/exclude"))
    assert sh(repo, "status", "--porcelain") == ""
    assert checkout.is_clean(repo) == ["config/.gitignore", "config/new.yaml"]
    write(repo, {"config/deep/.gitignore": "*\n", "config/deep/y.yaml": ""})
    assert "config/deep/y.yaml" in checkout.is_clean(repo)


def test_a_repository_within_hides_nothing(repo: Path) -> None:
    sh(repo / "config", "init", "-q")
    write(repo, {"config/new.yaml": ""})
    sh(repo, "init", "-q", "nested")
    write(repo, {"nested/x.py": ""})
    assert checkout.is_clean(repo) == ["config/new.yaml", "nested/"]


def test_ignore_rules_of_the_commit_count_as_git_reads_them(repo: Path) -> None:
    rules = "*.log\n!keep.log\n/only\nd[1]/\n"
    deeper = "# none\n\n!deep.log\nx/y\n/top\n\\#odd\n"
    write(repo, {".gitignore": rules, "sub[1]/.gitignore": deeper})
    commit(repo)
    names = ["a.log", "keep.log", "only", "z/only", "d1/f", "z/d1/f"]
    below = ["b.log", "deep.log", "q/deep.log", "x/y", "q/x/y", "top", "q/top", "#odd", "q/#odd"]
    write(repo, dict.fromkeys([*names, *(f"sub[1]/{name}" for name in below)], ""))
    said = sh(repo, "-c", "core.quotePath=false", "status", "--porcelain", "-uall")
    expected = sorted(line[2:].strip().strip('"') for line in said.splitlines())
    assert checkout.is_clean(repo) == expected
    assert len(expected) == 6


def test_folders_that_keep_themselves_out_of_git_are_left_alone(repo: Path) -> None:
    mark = "# made by a tool\n*\n"
    write(repo, {".venv/.gitignore": mark, ".venv/lib/x.py": "", "out/views/.gitignore": mark})
    write(repo, {"out/views/run": "", ".venv/pyvenv.cfg": ""})
    assert checkout.is_clean(repo) == []
    write(repo, {"out/more": "", "yaml/.gitignore": mark, "yaml/__init__.py": ""})
    assert checkout.is_clean(repo) == ["out/more", f"yaml/ {IMPORTED}"]


def test_an_ignored_file_that_python_would_import_is_named_with_the_reason(repo: Path) -> None:
    ignored = "*.pyc\n*.so\n*.py\n/lib/\n/build/\n__pycache__/\nedges/\nmy-env/\n"
    write(repo, {".gitignore": ignored})
    commit(repo)
    harmless = ["a/__pycache__/b.pyc", "__pycache__/t.pyc", "build/lib/x.py", "my-env/x.py"]
    write(repo, dict.fromkeys(harmless, ""))
    assert checkout.is_clean(repo) == []
    bad = ["yaml.pyc", "config/z.cpython-311.so", "sitecustomize.py", "lib/__init__.py"]
    write(repo, dict.fromkeys([*bad, "config/edges/x.pyc"], ""))
    named = sorted([*bad[:3], "config/edges/", "lib/"])
    assert checkout.is_clean(repo) == [f"{name} {IMPORTED}" for name in named]


def test_a_repository_of_longer_ids_is_compared_too(tmp_path: Path) -> None:
    root = made(tmp_path / "long", "sha256")
    (root / "link").symlink_to("a.txt")
    commit(root)
    assert checkout.is_clean(root) == []
    write(root, {"a.txt": "ONE\n", "new": ""})
    assert checkout.is_clean(root) == ["a.txt", "new"]


def test_kinds_are_compared_too(repo: Path) -> None:
    (repo / "link").symlink_to("a.txt")
    write(repo, {"sub/deep/f": "f", "plain": "a.txt"})
    commit(repo)
    assert checkout.is_clean(repo) == []
    (repo / "link").unlink()
    (repo / "link").write_text("a.txt")
    (repo / "plain").unlink()
    (repo / "plain").symlink_to("a.txt")
    (repo / "sub").rename(repo.parent / "sub")
    (repo / "sub").symlink_to(repo.parent / "sub")  # the same bytes, by way of elsewhere
    (repo / "a.txt").unlink()
    os.mkfifo(repo / "a.txt")
    assert checkout.is_clean(repo) == ["a.txt", "link", "plain", "sub", "sub/deep/f"]


def test_line_ends_are_those_of_the_blob_or_those_that_the_commit_asks_for(repo: Path) -> None:
    write(repo, {".gitattributes": "* text=auto eol=lf\n*.bat eol=crlf\n", "x.bat": "1\r\n2\r\n"})
    commit(repo)
    assert "\r" not in sh(repo, "cat-file", "blob", "HEAD:x.bat")
    assert checkout.is_clean(repo) == []
    sh(repo, "config", "core.autocrlf", "true")
    sh(repo, "config", "core.eol", "crlf")
    write(repo, {".git/info/attributes": "* eol=crlf\n", "a.txt": "one\r\n", "x.bat": "1\r\n2\n"})
    assert checkout.is_clean(repo) == ["a.txt", "x.bat"]


def test_a_linked_worktree_is_compared_with_its_own_head(repo: Path) -> None:
    sh(repo, "worktree", "add", "-q", "-b", "side", "../side")
    side = repo.parent / "side"
    write(side, {"b": ""})
    commit(side)
    assert git.head_commit(side) != git.head_commit(repo)
    assert checkout.is_clean(side) == checkout.is_clean(repo) == []
    write(side, {"a.txt": "two\n"})
    assert checkout.is_clean(side) == ["a.txt"]
    assert checkout.is_clean(repo) == []


def test_a_submodule_is_clean_at_its_commit_or_not_checked_out(repo: Path) -> None:
    sh(repo.parent, "clone", "-q", str(repo), "origin")
    sh(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "../origin", "sub")
    commit(repo)
    assert checkout.is_clean(repo) == []
    sh(repo, "config", "submodule.sub.ignore", "all")
    sh(repo, "config", "diff.ignoreSubmodules", "all")
    write(repo, {"sub/a.txt": "two\n"})
    assert checkout.is_clean(repo) == ["sub"]
    commit(repo / "sub")
    assert checkout.is_clean(repo) == ["sub"]
    sh(repo, "submodule", "deinit", "-q", "--force", "sub")
    assert checkout.is_clean(repo) == []


def test_what_is_only_staged_is_named(repo: Path) -> None:
    write(repo, {"a.txt": "two\n"})
    sh(repo, "add", "a.txt")
    write(repo, {"a.txt": "one\n"})
    assert checkout.is_clean(repo) == ["a.txt"]
