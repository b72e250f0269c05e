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

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold while the newest entry says so, and name who, when, why and what lifts it."""
    if case.hold is None:
        yield passes("hold.none", f"nobody has ever held {case.context.target}")
        return
    digest = str(case.hold.bundle_digest)
    newest = Hold.from_json(case.hold.statement.predicate)
    if newest.holds or newest.target != case.context.target:  # rules 1 and 2
        yield Finding(
            id="hold.held",
            weight=Weight.HOLDS,
            what=newest.words,
            evidence=(digest,),
            command=newest.command,
        )
        return
    words = f"{newest.target} was let go on at {newest.at} by {newest.actor}: {newest.reason}"
    yield passes("hold.lifted", words, digest)
