"""A committed link brings nothing into the checkout that is not compared with the commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.edges import checkout
from pipeline.edges.checkout_links import WHY

SET = "home__kitchen__9.9__0123456789abcdef"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    files = {
        "a.txt": "one\n",
        "deep/er/b.txt": "two\n",
        ".gitignore": "/artifacts/\n*.log\n",
        "artifacts/policies/promotion.yaml": "mine\n",
        "deep/x.log": "mine\n",
        f"releases/{SET}/light.py": "mine\n",
        "releases/README.md": "three\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "outside").mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", "more")


def link(root: Path, name: str, target: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(target)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("config/policies", f"../releases/{SET}/policies"),
        ("light.py", f"releases/{SET}/light.py"),
        ("light.py", f"deep/../releases/{SET}/light.py"),
        ("set", f"releases/{SET}"),
        ("ledger.json", "releases/ledger.json"),
        ("config", "../outside"),
        ("config", "OUTSIDE"),
        ("deep/up", "../../repo/a.txt"),
        ("config/policies", "../artifacts/policies"),
        ("config/x.yaml", "../deep/x.log"),
        ("hook", ".git/config"),
        ("repository", ".git"),
        ("nothing", "nowhere"),
        ("round", "round"),
        ("file", "a.txt/more"),
    ],
)
def test_a_committed_link_out_of_the_commits_files_is_named(
    repo: Path, name: str, target: str
) -> None:
    link(repo, name, target.replace("OUTSIDE", str(repo.parent / "outside")))
    commit(repo)
    assert checkout.is_clean(repo) == [f"{name} {WHY}"]


def test_a_link_through_another_link_is_followed_hop_by_hop(repo: Path) -> None:
    link(repo, "here", ".")
    link(repo, "there", f"here/releases/{SET}/light.py")
    link(repo, "beyond", "there")
    link(repo, "good", "here/deep/up/a.txt")
    link(repo, "deep/up", "..")
    commit(repo)
    assert checkout.is_clean(repo) == [f"beyond {WHY}", f"there {WHY}"]


def test_two_links_that_lead_to_each_other_are_named(repo: Path) -> None:
    link(repo, "left", "right/x")
    link(repo, "right", "left/x")
    commit(repo)
    assert checkout.is_clean(repo) == [f"left {WHY}", f"right {WHY}"]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("b.txt", "deep/er/b.txt"),
        ("deep/c.txt", "../a.txt"),
        ("er", "deep/er/"),
        ("readme", "./releases//README.md"),
    ],
)
def test_a_link_to_a_file_or_folder_of_the_commit_is_clean(
    repo: Path, name: str, target: str
) -> None:
    link(repo, name, target)
    commit(repo)
    assert checkout.is_clean(repo) == []


def test_a_link_to_what_is_only_untracked_is_named_besides_it(repo: Path) -> None:
    link(repo, "config", "mine")
    commit(repo)
    (repo / "mine").mkdir()
    (repo / "mine" / "pipeline.yaml").write_text("project: mine\n")
    assert checkout.is_clean(repo) == [f"config {WHY}", "mine/pipeline.yaml"]


def test_a_link_into_a_submodule_is_named(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    (other / "c.txt").write_text("c")
    commit(other)
    local = ("-c", "protocol.file.allow=always")
    git(repo, *local, "submodule", "--quiet", "add", str(other), "sub")
    link(repo, "c.txt", "sub/c.txt")
    commit(repo)
    assert checkout.is_clean(repo) == [f"c.txt {WHY}"]


def test_ignored_configuration_is_named_whoever_ignores_it(repo: Path) -> None:
    (repo / "config").mkdir()
    (repo / "config" / "pipeline.yaml").write_text("project: mine\n")
    commit(repo)
    for name in ("config/trust.yaml", "config/approvals/home.yaml", "config/notes.log"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text("mine\n")
    (repo / ".gitignore").write_text("/artifacts/\n*.log\n/config/trust.yaml\n/config/targets/\n")
    (repo / "config" / "targets").mkdir()
    (repo / "config" / "targets" / "home.yaml").write_text("mine\n")
    (repo / "config" / "approvals" / ".gitignore").write_text("*\n")
    why = "(ignored, but read as configuration)"
    assert checkout.is_clean(repo) == [
        ".gitignore",
        "config/approvals/.gitignore",
        "config/approvals/home.yaml",
        f"config/targets/ {why}",
        f"config/trust.yaml {why}",
    ]


def test_a_link_that_leads_out_is_named_though_the_disk_has_another_of_that_name(
    repo: Path,
) -> None:
    link(repo, "light.py", f"releases/{SET}/light.py")
    commit(repo)
    (repo / "light.py").unlink()
    os.link(repo / "a.txt", repo / "light.py")
    assert checkout.is_clean(repo) == ["light.py"]
