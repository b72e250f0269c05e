"""The ladder as it stands: each stage done, next, held or failed; and what holds production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.operations.posturing import run_of, same_release, stricter, the_run, told

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def status(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Return the ladder's posture, with the entries of stricter ladders under `holds`."""
    mine = workspace.ladder(ladder)
    run = the_run(workspace, mine, release)
    found = told(workspace, mine, run)
    identity = run.context.identity
    found["holds"] = [
        told(workspace, other, run_of(workspace, other, same_release(other, identity)))
        for other in stricter(workspace, mine)
    ]
    return found
