"""The release target gate: the decision about a release as a whole, after its last stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates import Verdict
from pipeline.errors import HeldError
from pipeline.operations.deciding import Deciding, deciding
from pipeline.operations.evidence import climbed

if TYPE_CHECKING:
    from pipeline.core.ladder import Ladder
    from pipeline.operations.climb import Climb
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


def releasing(workspace: Workspace, run: Run, ladder: Ladder) -> Deciding:
    """Decide about the whole release by the gates that look at evidence alone."""
    return deciding(workspace, run, ladder, None, asked=len(ladder.stages), dirty=())


def refuse_held(climb: Climb) -> None:
    """Hold (10) a release that has passed every stage and is still not what policies ask for.

    Nothing is said of one that has not come so far.
    """
    _, missing = climbed(climb.workspace, climb.run, climb.ladder)
    if missing:
        return
    decision = releasing(climb.workspace, climb.run, climb.ladder).decision
    if decision.verdict is Verdict.HOLD:
        holds = decision.holds
        raise HeldError(
            "every stage has passed, and the release is held: "
            + "; ".join(finding.what for finding in holds),
            where=f"{climb.run.where}, ladder {climb.ladder.ladder}",
            todo="; ".join(dict.fromkeys(finding.command for finding in holds if finding.command)),
        )
