"""Verifying `releases/` as a whole, or one adopted release of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.adoption import cuts
from pipeline.errors import UntrustedError
from pipeline.operations.adoption.checking import check_release
from pipeline.operations.adoption.settle import settle
from pipeline.operations.adoption.shelf import LEDGER, RELEASES, read_ledger, read_shelf

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.ledger import Entry
    from pipeline.operations.adoption.checking import Release
    from pipeline.operations.workspace import Workspace


def is_shelf(workspace: Workspace, folder: Path) -> bool:
    """Tell whether a path means this project's `releases/` as a whole."""
    return folder.resolve() == (workspace.root / RELEASES).resolve()


def verify_all(workspace: Workspace) -> dict[str, Any]:
    """Verify the whole ledger, and each adopted release with its own keys.

    Anything wrong is 11, and so is no ledger: nothing recorded proves nothing.
    """
    settle(workspace)
    shelf = read_shelf(workspace.root)
    if shelf.data is None:
        raise UntrustedError(
            "there is no ledger here, so nothing is proven",
            where=str(shelf.folder / LEDGER),
            todo="adopt a release first: `invoke adopt --from DIR`; if there were some, restore "
            "releases/ from git",
        )
    where = cuts(shelf.ledger)
    config = workspace.configuration.trust
    found = [
        check_release(shelf.folder / entry.set, entry, where[entry.id], config).told
        for entry in shelf.ledger.entries
    ]
    return {"entries": len(found), "next_free": shelf.ledger.next_free, "releases": found}


def verify_release(workspace: Workspace, entry: Entry) -> Release:
    """Verify one adopted release, and the ledger's chain around it."""
    settle(workspace)
    _, ledger = read_ledger(workspace.root)
    folder = workspace.root / RELEASES / entry.set
    cut = cuts(ledger)[entry.id]
    return check_release(folder, entry, cut, workspace.configuration.trust)
