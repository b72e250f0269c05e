"""Adopted releases and the tree: they are not looked at, and nothing slips in beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.edges import checkout, git, git_export
from pipeline.errors import UntrustedError

SET = "home__kitchen__1.0__0123456789abcdef"
NEXT = "home__kitchen__1.1__fedcba9876543210"
SETS = f"releases/{SET}"


@pytest.fixture(params=["sha1", "sha256"])
def repo(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A repository with one adopted release."""
    root = tmp_path / "repo"
    root.mkdir()
    sh(root, "init", "-q", "-b", "main", f"--object-format={request.param}")
    write(root, {"a.txt": "one\n", "releases/README.md": "truth\n", "releases/ledger.json": "{}"})
    write(root, {f"{SETS}/objects.json": "{}", f"{SETS}/pre-deploy/b/x.sigstore.json": "{}"})
    commit(root)
    return root


def sh(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(root: Path) -> str:
    sh(root, "add", "--all", "--force")
    sh(root, "commit", "-q", "-m", "more")
    return sh(root, "rev-parse", "HEAD")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def test_no_change_of_adopted_releases_dirties_the_tree(repo: Path) -> None:
    assert checkout.is_clean(repo) == []
    write(repo, {"releases/ledger.json": "{1}", f"{SETS}/objects.json": "changed"})
    write(repo, {f"{SETS}/new": "", f"{SETS}/deep/.gitignore": "*\n", f"releases/{NEXT}/a/b": ""})
    (repo / SETS / "pre-deploy" / "b" / "x.sigstore.json").unlink()
    assert checkout.is_clean(repo) == []
    sh(repo, "add", "--all")
    assert checkout.is_clean(repo) == []
    shutil.rmtree(repo / SETS)
    (repo / "releases" / "ledger.json").unlink()
    assert checkout.is_clean(repo) == []


def test_the_first_adoption_of_a_project_does_not_either(repo: Path) -> None:
    sh(repo, "rm", "-rqf", "releases")
    sh(repo, "commit", "-q", "-m", "none")
    write(repo, {"releases/ledger.json": "{}", f"{SETS}/objects.json": "{}"})
    assert checkout.is_clean(repo) == []
    write(repo, {"releases/more": ""})
    assert checkout.is_clean(repo) == ["releases/more"]


@pytest.mark.parametrize("kept", [True, False], ids=["beside a tracked file", "alone"])
@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("releases.py", "releases.py"),
        ("releases/x.py", "releases/x.py"),
        ("releases/__init__.py", "releases/__init__.py"),
        ("releases/pkg/x.py", "releases/pkg/x.py"),
        ("releases/ledger.json.py", "releases/ledger.json.py"),
        ("Releases/" + SET + "/x", f"Releases/{SET}/x"),
        ("releases/home__kitchen__1__0123456789abcdef/x.py",) * 2,
        (f"deep/releases/{SET}/x",) * 2,
        (f"releases/{SET[:-1]}/x",) * 2,
        (f"releases/{NEXT}", f"releases/{NEXT}"),
    ],
)
def test_what_is_added_in_another_place_is_named(
    repo: Path, name: str, named: str, *, kept: bool
) -> None:
    if not kept:
        sh(repo, "rm", "-q", "releases/README.md")
        commit(repo)
    write(repo, {name: "print('hello')\n"})
    assert checkout.is_clean(repo) == [named]


def test_what_head_has_in_another_place_is_compared(repo: Path) -> None:
    names = ["releases/README.md", "releases/home__kitchen__1__0123456789abcdef/x.py"]
    names += ["releases.py", "Releases/x", f"releases/{NEXT}", f"deep/releases/{SET}/x"]
    write(repo, dict.fromkeys(names, "one\n"))
    commit(repo)
    assert checkout.is_clean(repo) == []
    write(repo, dict.fromkeys(names, "two\n"))
    assert checkout.is_clean(repo) == sorted(names)
    sh(repo, "add", "--all")
    write(repo, dict.fromkeys(names, "one\n"))
    assert checkout.is_clean(repo) == sorted(names)


def a_link(root: Path) -> str:
    (root / "releases").rename(root.parent / "elsewhere")
    (root / "releases").symlink_to(root.parent / "elsewhere")
    return "releases"


def a_file(root: Path) -> str:
    shutil.rmtree(root / "releases")
    (root / "releases").write_text("")
    return "releases"


def a_set_that_is_a_link(root: Path) -> str:
    (root / SETS).rename(root.parent / "elsewhere")
    (root / SETS).symlink_to(root.parent / "elsewhere")
    return SETS


def a_set_that_is_a_pipe(root: Path) -> str:
    os.mkfifo(root / "releases" / NEXT)
    return ""  # git does not see pipes, and nothing can be imported from one


def a_ledger_that_is_a_link(root: Path) -> str:
    (root / "releases" / "ledger.json").unlink()
    (root / "releases" / "ledger.json").symlink_to("README.md")
    return "releases/ledger.json"


def a_ledger_that_is_a_folder(root: Path) -> str:
    (root / "releases" / "ledger.json").unlink()
    write(root, {"releases/ledger.json/x.py": ""})
    return "releases/ledger.json"


@pytest.mark.parametrize("readme", [True, False])
@pytest.mark.parametrize(
    "odd",
    [
        a_link,
        a_file,
        a_set_that_is_a_link,
        a_set_that_is_a_pipe,
        a_ledger_that_is_a_link,
        a_ledger_that_is_a_folder,
    ],
    ids=lambda odd: odd.__name__,
)
def test_what_is_no_folder_or_no_file_there_is_named(
    repo: Path, odd: Callable[[Path], str], *, readme: bool
) -> None:
    if not readme:
        sh(repo, "rm", "-q", "releases/README.md")
        commit(repo)
    named = odd(repo)
    found = checkout.is_clean(repo)
    assert (named in found) if named else found == []


def submodule(root: Path, path: str) -> None:
    sh(root.parent, "init", "-q", f"--object-format={object_format(root)}", "origin")
    write(root.parent / "origin", {"x.py": ""})
    commit(root.parent / "origin")
    allowed = ("-c", "protocol.file.allow=always")
    sh(root, *allowed, "submodule", "add", "-q", "../origin", path)
    commit(root)


def object_format(root: Path) -> str:
    return sh(root, "rev-parse", "--show-object-format")


@pytest.mark.parametrize("path", [f"releases/{NEXT}", "releases/sub"])
def test_a_submodule_there_is_compared_and_refused_by_an_export(
    repo: Path, tmp_path: Path, path: str
) -> None:
    submodule(repo, path)
    assert checkout.is_clean(repo) == []
    write(repo, {f"{path}/x.py": "changed\n"})
    assert checkout.is_clean(repo) == [path]
    with pytest.raises(UntrustedError, match="is a submodule"):
        git_export.export(repo, git.head_commit(repo), tmp_path / "x", mtime=0)


def test_a_submodule_in_place_of_the_folder_is_compared(repo: Path) -> None:
    sh(repo, "rm", "-rqf", "releases")
    sh(repo, "commit", "-q", "-m", "none")
    submodule(repo, "releases")
    assert checkout.is_clean(repo) == []
    write(repo, {"releases/x.py": "changed\n", f"{SETS}/x": ""})
    assert checkout.is_clean(repo) == ["releases"]


def test_rules_of_the_commit_cannot_bring_them_back_or_hide_more(repo: Path) -> None:
    write(repo, {".gitignore": f"!/releases/\n!{SET}/\n*.md\n", "releases/new.md": ""})
    sh(repo, "add", ".gitignore")
    sh(repo, "commit", "-q", "-m", "rules")
    write(repo, {f"{SETS}/new": "", "releases/x.txt": ""})
    assert checkout.is_clean(repo) == ["releases/x.txt"]


def test_an_export_has_no_adopted_releases_and_all_else_of_the_folder(
    repo: Path, tmp_path: Path
) -> None:
    write(repo, {"releases/pkg/x.py": "", f"deep/releases/{SET}/x": ""})
    head = commit(repo)
    count = git_export.export(repo, head, tmp_path / "x", mtime=0)
    files = {str(p.relative_to(tmp_path / "x")) for p in (tmp_path / "x").rglob("*") if p.is_file()}
    kept = {"a.txt", "releases/README.md", "releases/pkg/x.py", f"deep/releases/{SET}/x"}
    assert files == kept
    assert count == len(kept)
    git_export.export(repo, head, tmp_path / "y", under="releases", mtime=0)
    assert not (tmp_path / "y" / SETS).exists()
    assert (tmp_path / "y" / "releases" / "README.md").exists()


def test_an_export_of_a_commit_with_nothing_else_than_releases_is_empty(
    repo: Path, tmp_path: Path
) -> None:
    sh(repo, "rm", "-q", "a.txt", "releases/README.md")
    assert git_export.export(repo, commit(repo), tmp_path / "x", mtime=0) == 0


def test_nothing_is_written_into_the_repositorys_objects(repo: Path) -> None:
    before = sorted(path for path in (repo / ".git").rglob("*") if path.is_file())
    write(repo, {"releases/README.md": "new\n"})
    assert checkout.is_clean(repo) == ["releases/README.md"]
    assert sorted(path for path in (repo / ".git").rglob("*") if path.is_file()) == before
