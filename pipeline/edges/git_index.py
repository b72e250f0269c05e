"""The tree that git's index stands for, read from its end, however many files it lists.

Git keeps in the index, behind the entries, which tree they would be written as (gitformat-index,
"Cache tree"), and drops that when something is staged. To have git itself compare the index with a
commit costs a look at each entry. Nothing is built or decided from the index, so a false one tells
nobody more than that nothing is staged.
"""

from __future__ import annotations

import mmap
import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD, _EXTENSION = 12, 8
"""Bytes of the file's head, and of an extension's: its name and its size."""
_NAME = re.compile(rb"[A-Za-z]{4}")
_ROOT = re.compile(rb"\0([0-9]+) [0-9]+\n")
_TRIES = 100


def index_tree(index: Path, size: int) -> str | None:
    """Return the id of the tree, if the index knows it, of `size` bytes; in doubt, None."""
    with (
        suppress(OSError, ValueError),  # an empty file cannot be mapped
        index.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data,
    ):
        end = len(data) - size
        at = data.rfind(b"TREE", _HEAD, end) if data[:4] == b"DIRC" else -1
        for _ in range(_TRIES):
            if at < 0:
                break
            if _reaches(data, at, end):
                root = _ROOT.match(data, at + _EXTENSION)
                return data[root.end() : root.end() + size].hex() if root else None
            at = data.rfind(b"TREE", _HEAD, at)
    return None


def _reaches(data: mmap.mmap, at: int, end: int) -> bool:
    """Tell whether extensions follow each other from here to the checksum, and no other thing."""
    while at < end:
        if not _NAME.match(data, at):
            return False
        at += _EXTENSION + int.from_bytes(data[at + 4 : at + _EXTENSION])
    return at == end
