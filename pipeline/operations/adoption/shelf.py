"""`releases/` as it lies there: the ledger, and the folder of each adopted release."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger import Ledger, audit
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import open_regular
from pipeline.edges.links import refuse_links
from pipeline.errors import UntrustedError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.ledger import Entry

RELEASES = "releases"
LEDGER = "ledger.json"
OBJECTS = "objects.json"
REVERSE = "reverse.json"
REVIEW = "review.json"
KEYS = "keys"
ADOPTION = "adoption"
_MARKS = (OBJECTS, REVERSE, REVIEW, "pre-deploy", "post-deploy", KEYS, ADOPTION)
"""Any of these makes a folder one that was meant as an adopted release."""
MAX_LEDGER = 256 * 1024 * 1024
"""Largest ledger that is read, in bytes: some 200,000 adoptions."""
TODO = "restore releases/ from git (`git checkout -- releases`), and find out who changed it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The ledger, checked, and the folders that it is about."""

    folder: Path
    data: bytes | None
    """The ledger's bytes; `None`: there is no file."""
    ledger: Ledger
    objects: dict[str, bytes]
    """Every adopted release's `objects.json`, by artifact set id."""

    @property
    def digest(self) -> str | None:
        """The digest of the ledger's file."""
        return None if self.data is None else str(Digest.of(self.data))

    def entry(self, artifact_set: str) -> Entry | None:
        """Return the entry of an adopted release."""
        return next((one for one in self.ledger.entries if one.set == artifact_set), None)


def read_ledger(root: Path) -> tuple[bytes | None, Ledger]:
    """Read the ledger below a project's root and check its chain; anything wrong is 11."""
    refuse_links(root, RELEASES)
    path = root / RELEASES / LEDGER
    data = read(path) if os.path.lexists(path) else None
    try:
        return data, Ledger() if data is None else Ledger.parse(data)
    except MalformedError as error:
        raise refuse(f"the ledger cannot be believed: {error}", path) from error


def read_shelf(root: Path) -> Shelf:
    """Read the ledger and every release's `objects.json`, and check that they fit each other."""
    data, ledger = read_ledger(root)
    folder = root / RELEASES
    there = {name: _objects(folder / name) for name in adopted_folders(root)}
    objects = {name: found for name, found in there.items() if found is not None}
    for wrong in audit(ledger, {name: found or b"" for name, found in there.items()}):
        raise refuse(wrong, folder)
    return Shelf(folder=folder, data=data, ledger=ledger, objects=objects)


def adopted_folders(root: Path) -> list[str]:
    """Return the folders below `releases/` that are meant as adopted releases, sorted.

    A snapshot's folder has another name and none of a release's files.
    """
    refuse_links(root, RELEASES, below=1)
    folder = root / RELEASES
    if not folder.is_dir():
        return []
    with disk_errors(folder):
        found = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    return [name for name in found if "__" in name or _marked(folder / name)]


def _marked(folder: Path) -> bool:
    return any(os.path.lexists(folder / mark) for mark in _MARKS)


def _objects(folder: Path) -> bytes | None:
    path = folder / OBJECTS
    return read(path) if os.path.lexists(path) else None


def read(path: Path, limit: int = MAX_LEDGER) -> bytes:
    """Return a regular file's bytes; a link, an odd file or one too large is 11."""
    with disk_errors(path):
        try:
            handle = open_regular(path)
        except FileNotFoundError as error:
            raise refuse("it is missing", path) from error
        with os.fdopen(handle, "rb") as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise refuse(f"it has more than {limit} bytes", path)
    return data


def refuse(what: str, where: Path | str) -> UntrustedError:
    """Return the error for something in `releases/` that cannot be believed (11)."""
    return UntrustedError(what, where=str(where), todo=TODO)
