"""Giving up a release that is stuck: the way out of a final FAIL. Its version stays claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.journal import Entry, Status
from pipeline.edges import clock
from pipeline.errors import ConflictError
from pipeline.operations import history, live
from pipeline.operations.identify import identify

if TYPE_CHECKING:
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A release that was given up, or would be, and what becomes of its target."""

    run: Run
    target: str
    back_to: str | None
    """What is live instead, in words; `None`: the release was not live."""


def abandon(
    workspace: Workspace, *, ladder: str | None, release: str | None, reason: str, dry_run: bool
) -> GivenUp:
    """Append `abandoned` to a release's journal, after bringing its target back."""
    mine = workspace.ladder(ladder)
    identity = identify(workspace, mine, release)
    with workspace.lease(history.run_lease(identity)) as lease:
        run = history.find(workspace, identity)
        if run is None or not run.journal.entries:
            raise ConflictError(
                f"{identity.version} was never begun on the ladder {mine.ladder}",
                where=f"channel {mine.channel}, gate {mine.gate}",
                todo="there is nothing to abandon; see `invoke status`",
            )
        if run.journal.abandoned is not None:
            raise ConflictError(
                f"{identity.version} was abandoned before",
                where=run.where,
                todo="its version stays claimed; release a new version",
            )
        before = live.brought(workspace, run, mine)
        given_up = GivenUp(
            run=run,
            target=mine.target,
            back_to=live.called(before) if before else None,
        )
        if dry_run:
            return given_up
        live.bring_back(workspace, run, mine)
        head = run.journal.head
        now = clock.now()
        entry = Entry.make(
            step_id="abandoned/1",
            name="abandoned",
            status=Status.ABANDONED,
            started_at=now,
            completed_at=now,
            inputs={"reason": reason, "context": str(run.context.digest)},
            outputs={},
            prev_hash=head,
        )
        expected = Digest.parse(head) if head else None
        workspace.store.append(run.context.run, entry.to_line(), expected=expected, lease=lease)
        return given_up
