"""Changing `releases/`, all or nothing: two renames, of which the ledger's is the commit point.

Everything is ready aside, below the state folder, when this begins. Order of an adoption: intent,
folder into its place, ledger replaced (commit), intent removed. Of its undoing: intent, ledger
replaced (commit), folder moved away, intent removed. See `settle` for what a kill in between needs.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pipeline.edges.files import disk_errors, make_folder, remove_tree, sync_folder, write_tree
from pipeline.errors import LadderError
from pipeline.operations.adoption.intent import (
    NEW,
    Intent,
    What,
    declare,
    place,
    tree_of,
    withdraw,
)
from pipeline.operations.adoption.settle import settle_held
from pipeline.operations.adoption.shelf import LEDGER, RELEASES, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.operations.workspace import Workspace


def clear_aside(workspace: Workspace) -> Path:
    """Return the folder in which a change is prepared, empty."""
    aside = place(workspace) / NEW
    remove_tree(aside)
    make_folder(aside)
    return aside


def put_in(workspace: Workspace, artifact_set: str, ledger: bytes, before: str | None) -> None:
    """Put a release that lies ready aside into `releases/`, with its ledger."""
    aside = place(workspace) / NEW
    releases = workspace.root / RELEASES
    if os.path.lexists(releases / artifact_set):
        raise refuse("something stands where the release would go", releases / artifact_set)
    written = write_tree(aside, {LEDGER: ledger})
    intent = Intent.of(
        What.ADOPT,
        artifact_set,
        (before, str(written[LEDGER])),
        tree_of(aside / artifact_set),
    )
    with _settled(workspace):
        declare(workspace, intent)
        make_folder(releases)
        with disk_errors(releases):
            (aside / artifact_set).rename(releases / artifact_set)
            sync_folder(releases)
            (aside / LEDGER).replace(releases / LEDGER)  # the commit point
            sync_folder(releases)
        withdraw(workspace)
    remove_tree(aside)


def take_out(workspace: Workspace, artifact_set: str, ledgers: tuple[str, bytes | None]) -> None:
    """Take a release out of `releases/`: the ledger as it was before, then the folder.

    `ledgers` are the digest of the ledger as it is, and the bytes it had before.
    """
    aside = clear_aside(workspace)
    releases = workspace.root / RELEASES
    now, data = ledgers
    before = None if data is None else str(write_tree(aside, {LEDGER: data})[LEDGER])
    tree = tree_of(releases / artifact_set)
    with _settled(workspace):
        declare(workspace, Intent.of(What.REVERT, artifact_set, (now, before), tree))
        with disk_errors(releases):
            if data is None:
                (releases / LEDGER).unlink()  # the commit point
            else:
                (aside / LEDGER).replace(releases / LEDGER)  # the commit point
            sync_folder(releases)
        settle_held(workspace)
    remove_tree(aside)


@contextlib.contextmanager
def _settled(workspace: Workspace) -> Iterator[None]:
    """Bring a change that an error or Ctrl-C cut off to one of its two ends, if that can be done.

    Where it cannot (the disk is still full), the intent stays, and whoever looks next does it.
    """
    try:
        yield
    except BaseException:
        with contextlib.suppress(LadderError):
            settle_held(workspace)
        raise
