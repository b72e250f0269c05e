"""Undoing the newest adoption by its reverse patch: read, made again, compared, then used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.adoption import Reverse, cuts
from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import tree_manifest
from pipeline.operations.adoption.shelf import LEDGER, REVERSE, read, refuse
from pipeline.operations.differences import differences, refuse_empty

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.ledger import Entry, Ledger


def undo(releases: Path, ledger: Ledger, entry: Entry) -> bytes | None:
    """Return the ledger's bytes from before the newest entry; `None`: there was no file.

    The release's folder must hold exactly the files that the patch takes out, and the patch must be
    the one that follows from them and from the ledger; anything else is 11.
    """
    folder = releases / entry.set
    data = read(folder / REVERSE)
    with disk_errors(folder):
        there = tree_manifest(folder).as_dict()
    refuse_empty(folder)
    files = {path: digest for path, digest in there.items() if path != REVERSE}
    try:
        patch = Reverse.parse(data)
        listed = {item.path: Digest.parse(item.digest) for item in patch.files}
        if listed != files:
            raise refuse(f"not as it was adopted: {differences(files, listed)}", folder)
        if Reverse.make(entry, cuts(ledger)[entry.id], files).to_bytes() != data:
            raise refuse("the patch is not the one that follows from the ledger", folder / REVERSE)
        return patch.undo(read(releases / LEDGER))
    except MalformedError as error:
        raise refuse(f"the reverse patch cannot be used: {error}", folder / REVERSE) from error
