"""Gate `hold`: a target that somebody holds by name takes no release, whatever speaks for it.

1. The newest entry of the target's holds counts, as it was verified; a lift ends a hold.
2. An entry that is about another target holds: it should not have come here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.predicates.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.evidence import Believed
    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold while the newest entry says so, and name who, when, why and what lifts it."""
    if case.hold is None:
        yield passes("hold.none", f"nobody has ever held {case.context.target}")
        return
    held = finding_of(case.hold, case.context.target)
    if held is not None:
        yield held
        return
    newest = Hold.from_json(case.hold.statement.predicate)
    words = f"{newest.target} was let go on at {newest.at} by {newest.actor}: {newest.reason}"
    yield passes("hold.lifted", words, str(case.hold.bundle_digest))


def finding_of(entry: Believed, target: str) -> Finding | None:
    """Return what holds a target by the newest entry of its holds; `None` if nothing does."""
    newest = Hold.from_json(entry.statement.predicate)
    if not newest.holds and newest.target == target:
        return None
    return Finding(  # rules 1 and 2
        id="hold.held",
        weight=Weight.HOLDS,
        what=newest.words,
        evidence=(str(entry.bundle_digest),),
        command=newest.command,
    )
