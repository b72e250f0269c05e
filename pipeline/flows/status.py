"""The ladder as it stands: each stage done, next, held or failed; and what holds production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.operations.posturing import stricter, told

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def status(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Return the ladder's posture, with the entries of stricter ladders under `holds`."""
    mine = workspace.ladder(ladder)
    found = told(workspace, mine, release)
    found["holds"] = [
        told(workspace, other, found["release"]) for other in stricter(workspace, mine)
    ]
    return found
