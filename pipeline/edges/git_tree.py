"""A commit's tree without the adopted releases, made without a look into any of them.

There may be thousands of them, so their trees are never opened: two tree objects are written anew
instead, the root's and that of `releases/`, into a folder that the caller lends to git as a second
folder of objects. Left out are what `core.adopted_paths` names, by git's own words for them: a
folder that is a tree, and a ledger that is a plain file. A link, a submodule, or a file that is
called as a set is none of them, and stays.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

from pipeline.core.adopted_paths import FOLDER, LEDGER, SET
from pipeline.edges import git
from pipeline.edges.files import disk_errors
from pipeline.errors import EnvironmentFailedError

_TREE = b"40000"
_FILE = b"100644"
_SHA1_HEX = 40


class Entry(NamedTuple):
    """One line of a tree object."""

    mode: bytes
    name: bytes
    object_id: bytes
    """The object's id as bytes, not as hex."""

    @property
    def adopted(self) -> bool:
        """Whether it is an adopted release, or the ledger, if it stands in `releases/`."""
        if self.mode == _TREE:
            return bool(SET.fullmatch(self.name))
        return (self.mode, self.name) == (_FILE, LEDGER.encode())


class Tree(NamedTuple):
    """A tree to list, and what was left out of it."""

    tree: str
    """Its object id; the commit's id if nothing was left out."""
    left_out: tuple[bytes, ...]
    """Paths relative to the root: of folders, and of the ledger."""


def without_adopted(root: Path, commit: str, objects: Path) -> Tree:
    """Return a commit's tree without adopted releases; `objects` takes what is written for it.

    Let git see it as `GIT_ALTERNATE_OBJECT_DIRECTORIES`. Raises `EnvironmentFailedError` when git
    or the disk fail, and for a commit without a tree.
    """
    size = len(commit) // 2
    wanted = [f"{commit}^{{tree}}", f"{commit}:{FOLDER}"]
    said = git.ask(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in wanted))
    top, rest = _object(said)
    if top is None:
        raise EnvironmentFailedError(
            f"git has no tree of the commit {commit}",
            where=str(root),
            todo="fetch the missing objects: `git fsck`, then `git fetch`",
        )
    below, _ = _object(rest)
    entries = _parse(top, size)
    if below is None or not any((e.mode, e.name) == (_TREE, FOLDER.encode()) for e in entries):
        return Tree(commit, ())
    inside = _parse(below, size)
    out = tuple(f"{FOLDER}/".encode() + entry.name for entry in inside if entry.adopted)
    if not out:
        return Tree(commit, ())
    kept = [entry for entry in inside if not entry.adopted]
    with disk_errors(objects):
        changed = _write(objects, kept, size)
        entries = [
            e._replace(object_id=changed) if e.name == FOLDER.encode() else e for e in entries
        ]
        return Tree(_write(objects, entries, size).hex(), out)


def _object(said: bytes) -> tuple[bytes | None, bytes]:
    """Return a tree's content from what `cat-file --batch` says, and what follows it."""
    head, _, rest = said.partition(b"\n")
    words = head.split(b" ")
    if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004 - id, kind, size
        return None, rest
    size = int(words[2])
    return (rest[:size] if words[1] == b"tree" else None), rest[size + 1 :]


def _parse(data: bytes, size: int) -> list[Entry]:
    found = []
    at = 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        at = end + 1 + size
        found.append(Entry(mode, name, data[end + 1 : at]))
    return found


def _write(objects: Path, entries: list[Entry], size: int) -> bytes:
    """Write a tree as a loose object, and return its id."""
    content = b"".join(b"%s %s\0%s" % (e.mode, e.name, e.object_id) for e in entries)
    data = b"tree %d\0%s" % (len(content), content)
    algorithm = "sha1" if size * 2 == _SHA1_HEX else "sha256"
    object_id = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    place = objects / object_id.hex()[:2] / object_id.hex()[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(zlib.compress(data, 1))
    return object_id
