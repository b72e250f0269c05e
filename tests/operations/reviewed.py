"""The tea project with more files, and its commit looked at as a decision does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pipeline.edges import clock
from pipeline.operations.workspace import Workspace
from tests.climbing import project

HEX = "0123456789abcdef" * 4
PINNED = f"FROM node:20@sha256:{HEX}\n"

LATER = "2100-01-01T00:00:00Z"
OWN = "config/reviews.yaml"
TREE = "git ls-files -z {} ':!config/reviews.yaml' | LC_ALL=C sort -z | xargs -0 sha256sum --"
"""What docs/configuration.md says that a reviewer types, but for its end."""


def add(root: Path, **files: str | bytes | None) -> str:
    """Write files by name (`__` is a slash, `_DOT_` a dot), take out `None`; commit all of it."""
    for name, content in files.items():
        write(root, name.replace("__", "/").replace("_DOT_", "."), content)
    return commit(root)


def write(root: Path, name: str, content: str | bytes | None) -> None:
    """Write one file, or take it out."""
    path = root / name
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def link(root: Path, name: str, to: str) -> None:
    """Make a symbolic link."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)


def commit(root: Path) -> str:
    """Commit all that is there; return the commit's id."""
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=More tea")
    return project.git(root, "rev-parse", "HEAD")


def opened(root: Path) -> tuple[Workspace, str]:
    """Return the project as a command opens it, and the commit at HEAD."""
    return Workspace.open(root), project.git(root, "rev-parse", "HEAD")


def shell(root: Path, line: str) -> str:
    """Run a line of shell in a project."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=root,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def tree(root: Path, path: str = ".") -> str:
    """Return the digest of a tree as a reviewer would find it."""
    return "sha256:" + shell(root, TREE.format(path) + " | sha256sum").split()[0]


def record(root: Path, path: str = ".", name: str = "all", **changes: str) -> str:
    """Return a review of the checkout, which is the commit at HEAD."""
    fields = {
        "id": f"review.{name}",
        "reviewer": "ada",
        "reference": "notes",
        "reviewed_at": f'"{clock.now()}"',
        "commit": project.git(root, "rev-parse", "HEAD"),
        "path": path,
        "tree": tree(root, path),
    }
    written = fields | changes
    written["commit"] = f'"{written["commit"]}"'  # an id may read like a number: 0b1…, 12e5…
    return "  - {" + ", ".join(f"{k}: {v}" for k, v in written.items()) + "}\n"


def kept(root: Path, *records: str) -> None:
    """Write the reviews, and commit all that is there."""
    write(root, OWN, "reviews:\n" + "".join(records))
    commit(root)
