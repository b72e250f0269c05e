"""`journal.show`, `.verify`, `.checkpoint`: the hash chain and its signed heads."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command, root, terminal


@command
def show(
    _: Context, ladder: str | None = None, release: str | None = None, json: bool = False
) -> None:
    """Show a release's journal: every entry, checked."""
    from pipeline.flows import journal as flow
    from pipeline.operations.workspace import Workspace

    found = flow.show(Workspace.open(root()), ladder=ladder, release=release)
    screen = terminal(json=json)
    for entry in found["entries"]:
        when = entry["completed_at"] or entry["started_at"]
        reason = entry["outputs"].get("reason") or ""
        screen.say(f"{when}  {entry['status']:9}  {entry['step_id']:32}  {reason}".rstrip())
    screen.say(f"{len(found['entries'])} entries, {len(found['heads'])} signed heads")
    if json:
        screen.json(found)


@command
def verify(
    _: Context, ladder: str | None = None, release: str | None = None, json: bool = False
) -> None:
    """Check a release's journal: chain, genesis, and every signed head."""
    from pipeline.flows import journal as flow
    from pipeline.operations.workspace import Workspace

    found = flow.verify(Workspace.open(root()), ladder=ladder, release=release)
    screen = terminal(json=json)
    screen.say(f"verified: {found['entries']} entries, {found['signed_heads']} signed heads")
    screen.say(f"entries after the last signed head: {found['entries_after_last_signed_head']}")
    if json:
        screen.json(found)


@command
def checkpoint(
    _: Context, ladder: str | None = None, release: str | None = None, json: bool = False
) -> None:
    """Tell the newest signed head; kept elsewhere, it finds out a journal that was cut."""
    from pipeline.flows import journal as flow
    from pipeline.operations.workspace import Workspace

    found = flow.checkpoint(Workspace.open(root()), ladder=ladder, release=release)
    screen = terminal(json=json)
    screen.say(f"{found['entries']} entries, head {found['head']}, sealed {found['sealed_at']}")
    if json:
        screen.json(found)


ns = Collection("journal", show, verify, checkpoint)
