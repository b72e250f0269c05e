"""An object of an adopted release: its bytes as they are now, or what is wrong with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.core.adopted import AdoptedFinding, Entered, Fact
from pipeline.core.adopted_paths import FOLDER
from pipeline.edges.hashing import read_small

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.ledger import Entry
    from pipeline.proof.trust import RehearsalTrust

MAX_OBJECT = 64 * 1024 * 1024
"""Largest file that is read, in bytes."""
_RESTORED = frozenset({"missing", "changed", "unreadable"})


class Looked(NamedTuple):
    """An object of an adopted release as it was verified: a record has a fact, others have none."""

    path: str
    digest: str
    fact: Fact | None
    key: bool = False
    """Whether it is a public key of the release."""


class WrongError(Exception):
    """What is wrong with a release, or with one of its objects."""

    def __init__(self, finding: AdoptedFinding) -> None:
        """Take the finding that is told."""
        super().__init__(finding.what)
        self.finding = finding


def wrong(name: str, what: str, entry: Entered, path: str) -> WrongError:
    """Return the finding `adopted.NAME` about a path in a release's folder, to be raised."""
    folder = f"{FOLDER}/{entry.set}"
    where = f"{folder}/{path}".rstrip("/")
    command = f"git restore -- {where}" if name in _RESTORED else f"git log -p -- {folder}"
    return WrongError(AdoptedFinding(f"adopted.{name}", what, where, command))


def bytes_of(root: Path, entry: Entered, path: str, digest: str) -> bytes:
    """Return an object's bytes, hashed now; others than `digest` names are wrong."""
    try:
        data = read_small(f"{root}/{FOLDER}/{entry.set}/{path}", MAX_OBJECT)
    except OSError as error:
        kind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        what = f"it cannot be read: {error.strerror or error}"
        raise wrong(kind, what, entry, path) from error
    if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
        raise wrong("changed", "its bytes are not those that were adopted", entry, path)
    return data


def refuse_linked(root: Path, entry: Entered, paths: Iterable[str]) -> None:
    """Refuse a link in place of the release's folder or one below it; a file is opened as none."""
    folders = {path.rpartition("/")[0] for path in paths} | {""}
    for folder in tuple(folders):
        above = folder
        while above := above.rpartition("/")[0]:
            folders.add(above)
    for folder in sorted(folders):
        if Path(f"{root}/{FOLDER}/{entry.set}/{folder}").is_symlink():
            what = "a symbolic link stands in the place of a folder; nothing of it is counted"
            raise wrong("link", what, entry, folder)


def entered(entry: Entry) -> Entered:
    """Return what the counts need of an entry."""
    return Entered(
        id=entry.id,
        set=entry.set,
        run=entry.run,
        target=entry.target,
        version=entry.version,
        objects=entry.objects,
        first=entry.first,
        last=entry.max_after,
    )


def good(trust: RehearsalTrust, now: str) -> bool:
    """Tell whether every key may be relied upon now, so that verification would say what it did."""
    return all(not key.revoked and key.valid_from <= now < key.valid_until for key in trust.keys)
