"""Gate `origin`: the class that verification derived, against the lowest that policy accepts.

1. Where the policy asks for a trusted workflow's evidence, any that is local or synthetic holds.
2. So does that there is none at all; but the first stage of a ladder that imports nothing comes
   before all evidence, and what it makes is looked at before the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.release import OriginClass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold local or synthetic proof where the policy asks for a live workflow's."""
    local = tuple(
        str(stage.digest)
        for stage in case.evidence.all
        if stage.believed.origin is not OriginClass.LIVE
    )
    if case.evidence.all and not local:
        yield passes("origin.live", "all evidence was made by a trusted workflow")
        return
    nothing_yet = not (case.evidence.all or case.whole or case.stage.imports)
    first = nothing_yet and case.ladder.index(case.stage) == 0  # rule 2
    needs_live = (
        not first and case.promotion is not None and case.promotion.origin is OriginClass.LIVE
    )
    yield Finding(
        id="origin.local",
        weight=Weight.HOLDS if needs_live else Weight.NOTES,
        what=f"{len(local)} stage result(s) are {OriginClass.LOCAL.value}"
        if local
        else "there is no live_workflow_backed evidence",
        evidence=local or (case.context.baseline_commit,),
        command='release from a trusted workflow, which needs rooted trust (README, "Not yet")',
    )
