"""Why a stage may or may not go on: every finding, the evidence looked at, what clears it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.operations.deciding import deciding
from pipeline.operations.posturing import the_run

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def why(
    workspace: Workspace, *, stage: str, ladder: str | None, release: str | None
) -> dict[str, Any]:
    """Return the decision about a stage as it would be now, as if it had been named."""
    mine = workspace.ladder(ladder)
    wanted = workspace.stage(mine, stage)
    run = the_run(workspace, mine, release)
    found = deciding(workspace, run, mine, wanted, asked=len(mine.stages))
    return {
        "ladder": mine.ladder,
        "release": run.context.version,
        "alias": wanted.alias,
        **found.decision.to_dict(),
    }
