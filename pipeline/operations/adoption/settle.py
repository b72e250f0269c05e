"""Settling what a kill cut off: whoever looks at `releases/` next does it first.

With no intent there is nothing to do, and nothing is written. With one, the ledger says what
happened (`intent`): as after, the change is brought to its end; as before, it is taken back. A
release's folder is only ever moved as a whole, only if its files are those of the intent, and never
while the ledger names it. A ledger that is neither is somebody else's change: refused, nothing is
touched (11). The note is anybody's who can write here: so a command that only tells or judges moves
no folder that the commit at HEAD has; a person who adopts or reverts, under the lease, does.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pipeline.edges import git
from pipeline.edges.files import disk_errors, make_folder, remove_tree, sync_folder
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations.adoption.intent import (
    INTENT,
    LEASE,
    OLD,
    What,
    declared,
    ledger_digest,
    place,
    tree_of,
    withdraw,
)
from pipeline.operations.adoption.shelf import LEDGER, RELEASES, read_ledger, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.adoption.intent import Intent
    from pipeline.operations.workspace import Workspace


def settle(workspace: Workspace, *, by_person: bool = False) -> None:
    """Bring a change that was cut off to one of its two ends; usually there is none.

    `by_person` for a command that changes `releases/` itself. `ConflictError` (14) while another
    process is at work there.
    """
    if declared(workspace) is not None:
        with workspace.lease(LEASE):
            settle_held(workspace, by_person=by_person)


def settle_held(workspace: Workspace, *, by_person: bool = True) -> None:
    """Do the same for whoever holds the lease already; sweeps what lies aside."""
    intent = declared(workspace)
    if intent is not None:
        _settle(workspace, intent, by_person=by_person)
        withdraw(workspace)
    folder = place(workspace)
    if folder.is_dir():
        with disk_errors(folder):
            for leftover in sorted(folder.iterdir()):
                remove_tree(leftover)


def _settle(workspace: Workspace, intent: Intent, *, by_person: bool) -> None:
    releases = workspace.root / RELEASES
    now = ledger_digest(workspace)
    if now not in {intent.before, intent.after}:
        raise refuse(
            f"the ledger is neither as before nor as after an adoption of {intent.set} that was "
            "cut off: somebody else changed it",
            releases / LEDGER,
        )
    happened = now == intent.after
    if happened is not (intent.what is What.ADOPT):
        _refuse_named(workspace, intent)
        if not by_person:
            _refuse_committed(workspace, intent)
        _move_away(workspace, intent)
    elif not os.path.lexists(releases / intent.set):
        raise refuse("the release's folder is gone, but the ledger has it", releases / intent.set)


def _refuse_named(workspace: Workspace, intent: Intent) -> None:
    """Refuse to remove a release that the ledger has: no change that was cut off leaves it so."""
    _, ledger = read_ledger(workspace.root)
    if ledger.find(intent.set) is not None:
        raise refuse(
            f"the note of a change that was cut off would remove {intent.set}, which the ledger "
            "has: this pipeline did not write it",
            place(workspace) / INTENT,
        )


def _refuse_committed(workspace: Workspace, intent: Intent) -> None:
    """Refuse to remove a folder that the commit at HEAD has; so too where git cannot be asked."""
    folder = f"{RELEASES}/{intent.set}"
    if not os.path.lexists(workspace.root / folder):
        return
    with contextlib.suppress(LadderError):
        if not git.ask(workspace.root, "ls-tree", "-z", "--full-tree", "HEAD", "--", folder):
            return
    raise UntrustedError(
        f"a change of {folder} was cut off, and ending it would remove what git has",
        where=str(place(workspace) / INTENT),
        todo=f"if you were undoing that adoption: `invoke adopt --revert {intent.set}` ends it; "
        f"else remove the note, and see `git status {RELEASES}`",
    )


def _move_away(workspace: Workspace, intent: Intent) -> None:
    """Move a release's folder out of `releases/`, as a whole; one that is not there is fine."""
    releases = workspace.root / RELEASES
    folder = releases / intent.set
    if os.path.lexists(folder):
        found = None if folder.is_symlink() else tree_of(folder)
        if str(found) != intent.tree:
            raise refuse("it was changed while its adoption was cut off", folder)
        away = place(workspace) / OLD
        make_folder(away)
        remove_tree(away / intent.set)
        with disk_errors(folder):
            folder.rename(away / intent.set)
            sync_folder(releases)
    if ledger_digest(workspace) is None:
        _remove_if_empty(releases)


def _remove_if_empty(releases: Path) -> None:
    """Remove the folder that the first adoption made, if nothing else lies in it."""
    with contextlib.suppress(OSError):
        releases.rmdir()
        sync_folder(releases.parent)
