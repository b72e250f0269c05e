"""Symbolic links in the places that the pipeline writes to: refused, never followed.

A checkout may be a link itself, and so may its parents; a place of its own below it may not: what
is written or removed there would be somewhere else.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.edges.files import disk_errors
from pipeline.errors import UntrustedError


def refuse_links(root: Path, place: str, *, below: int = 0) -> None:
    """Refuse links at a place below a root, on the way to it, and so many levels `below` it.

    The place is a relative path. What is not there is fine. `UntrustedError` for a link.
    """
    path = root
    for part in Path(place).parts:
        path /= part
        _refuse_link(path)
    _refuse_below(path, below)


def _refuse_below(folder: Path, levels: int) -> None:
    if not levels or not folder.is_dir():
        return
    with disk_errors(folder):
        found = sorted(folder.iterdir())
    for path in found:
        _refuse_link(path)
        _refuse_below(path, levels - 1)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise UntrustedError(
            "a symbolic link stands where the pipeline writes, and would lead elsewhere",
            where=str(path),
            todo="find out who put it there; put the folder itself in its place",
        )
