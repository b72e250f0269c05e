"""Which files of a commit are inputs by their name, and which an entry's patterns mean.

1. By name: container files, compose files, workflows and the metadata of actions, lock files.
   Upper and lower case are one. Deploy contracts and gate scripts have no names of their own.
2. A name that could be something else (`Dockerfile.x`, `action.yml`) counts only if the content is
   what the name says.
3. `config/baseline.yaml` is no input: it cannot hold its own digest. Nor are adopted releases,
   which whoever lists a commit's files leaves out (`core.adopted_paths`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.core.baseline.model import InputKind
from pipeline.core.envelope import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_FILE = "config/baseline.yaml"
_LOCKS = frozenset(
    {
        *("uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "pylock.toml", "pixi.lock"),
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
        *("cargo.lock", "go.sum", "gemfile.lock", "composer.lock", "mix.lock", "flake.lock"),
    }
)
_SURE = (
    (re.compile(r"(.*/)?(dockerfile|containerfile)"), InputKind.CONTAINER_BASE),
    (re.compile(r"(.*/)?[^/]+\.(dockerfile|containerfile)"), InputKind.CONTAINER_BASE),
    (
        re.compile(r"(.*/)?(docker-|podman-)?compose([._-][^/]*)?\.ya?ml"),
        InputKind.COMPOSE_IMAGE,
    ),
    (re.compile(r"\.(github|gitea|forgejo)/workflows/[^/]+\.ya?ml"), InputKind.WORKFLOW),
    (re.compile(r"(.*/)?pylock\.[^/]+\.toml"), InputKind.LOCK_FILE),
)
_MAYBE = (
    (re.compile(r"(.*/)?(dockerfile|containerfile)[._-][^/]+"), InputKind.CONTAINER_BASE),
    (re.compile(r"(.*/)?action\.ya?ml"), InputKind.WORKFLOW),
)
_WILD = re.compile(r"[*?]")


def kind_of(path: str) -> tuple[InputKind, bool] | None:
    """Return what a path is by its name, and whether the name alone is enough; `None`: nothing."""
    name = path.lower()
    if is_left_out(path):
        return None
    if name.rpartition("/")[2] in _LOCKS:
        return InputKind.LOCK_FILE, True
    for pattern, kind in _SURE:
        if pattern.fullmatch(name):
            return kind, True
    for pattern, kind in _MAYBE:
        if pattern.fullmatch(name) and not name.endswith(".dockerignore"):
            return kind, False
    return None


def is_left_out(path: str) -> bool:
    """Tell whether a path is no input, whatever it is called (rule 3)."""
    return path == OWN_FILE


def matched(patterns: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that any of the patterns matches, sorted."""
    listed = tuple(paths)
    found: set[str] = set()
    for pattern in patterns:
        parts = _WILD.split(pattern)
        head, tail = parts[0], parts[-1].removeprefix("/")
        found.update(
            path
            for path in listed
            if path.startswith(head) and path.endswith(tail) and matches(pattern, path)
        )
    return tuple(sorted(path for path in found if not is_left_out(path)))
