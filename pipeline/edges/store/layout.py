"""How names become file names of a local store, and what marks a file as untouched."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.core.canonical import check_path
from pipeline.edges.hashing import sha256_file
from pipeline.errors import WrongUsageError

_LONGEST = 240


def flat(name: str, where: Path) -> str:
    """Write a name as one file name; `deep` undoes it.

    Raises `MalformedError` for what is no portable path, `WrongUsageError` for what is too long.
    """
    written = check_path(name).replace("%", "%25").replace("/", "%2F")
    if len(os.fsencode(written)) > _LONGEST:
        raise WrongUsageError(
            f"a name of {len(written)} bytes is too long for the store: {name[:80]!r}…",
            where=str(where),
            todo=f"use shorter words (channel, gate, version): {_LONGEST} bytes together",
        )
    return written


def deep(written: str) -> str:
    """Return the name that `flat` wrote."""
    return written.replace("%2F", "/").replace("%25", "%")


def mark(entry: os.DirEntry[str]) -> tuple[int, ...]:
    """Return size, times, mode and inode: unequal when the file was written to or replaced."""
    found = entry.stat(follow_symlinks=False)
    return (
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_mode,
        found.st_ino,
    )


def content(entry: os.DirEntry[str]) -> tuple[int, str]:
    """Return mode and digest: for names, whose inode still changes while they are created."""
    found = entry.stat(follow_symlinks=False)
    return (found.st_mode, sha256_file(entry.path).hex if entry.is_file() else "")
