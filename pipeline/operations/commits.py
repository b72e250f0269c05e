"""The files of a commit, listed once in a process: what a commit names cannot change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.edges import git_export

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.edges.git import Blob


@lru_cache(maxsize=16)
def files(root: Path, commit: str) -> tuple[Blob, ...]:
    """Return the files of a commit by path, without adopted releases; as `git_export.listed`."""
    return git_export.listed(root, commit)
