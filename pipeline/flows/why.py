"""Why a stage may or may not go on: every finding, the evidence looked at, what clears it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import load_canonical
from pipeline.operations.deciding import deciding
from pipeline.operations.posturing import the_run
from pipeline.operations.summarise import summary_of

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def why(
    workspace: Workspace, *, stage: str, ladder: str | None, release: str | None
) -> dict[str, Any]:
    """Return the decision about a stage as it would be now, as if it had been named.

    `vsa` is its summary as others read decisions, unsigned; `None` while there is no artifact.
    """
    mine = workspace.ladder(ladder)
    wanted = workspace.stage(mine, stage)
    run = the_run(workspace, mine, release)
    found = deciding(workspace, run, mine, wanted, asked=len(mine.stages))
    summary = summary_of(workspace, found)
    return {
        "ladder": mine.ladder,
        "release": run.context.version,
        "alias": wanted.alias,
        **found.decision.to_dict(),
        "vsa": load_canonical(summary.to_bytes()) if summary else None,
    }
