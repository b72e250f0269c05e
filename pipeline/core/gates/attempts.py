"""Gate `attempts`: a final failure stays with its artifacts; what passed is not run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold a stage that failed for good, or a release that was given up."""
    if case.abandoned:
        yield Finding(
            id="attempts.abandoned",
            weight=Weight.HOLDS,
            what=f"{case.context.version} was abandoned: {case.abandoned}",
            evidence=(case.journal or case.context.run_id,),
            command="release a new version; this one stays claimed",
        )
    if case.failed:
        yield Finding(
            id="attempts.failed",
            weight=Weight.HOLDS,
            what=f"{case.stage.id} failed: {case.failed}",
            evidence=(f"the log in {case.stage.phase.value}/{case.stage.id}/logs",),
            command="mend it and commit: each commit is a new version; or give this one up: "
            "`invoke abandon --reason TEXT`",
        )
    if case.passed:
        yield passes("attempts.passed", f"{case.stage.id} has passed already", case.passed)
