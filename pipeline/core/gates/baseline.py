"""Gate `baseline`: the inputs of build and rollout are those that somebody looked at.

1. What is amiss holds where the promotion policy says `baseline: required`, and is noted where it
   says `noted`. Without a promotion policy it holds.
2. A tag instead of a digest is only noted while somebody's acceptance of it stands; an acceptance
   that has ended counts for nothing.
3. Nobody looked, or looking failed: as amiss as anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.baseline.compare import FILE
from pipeline.core.baseline.report import Trouble
from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.policies.promotion import Demand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.baseline.report import Amiss
    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold, or note, each thing that is amiss."""
    noted = case.promotion is not None and case.promotion.baseline is Demand.NOTED
    weight = Weight.NOTES if noted else Weight.HOLDS
    report = case.baseline
    if report is None or report.problem:
        why = "nobody looked" if report is None else report.problem
        yield Finding(
            id="baseline.unknown",
            weight=weight,
            what=f"it is not known what the release is made from: {why}",
            evidence=(case.context.baseline_commit,),
            command="clear what is named, then ask again: `git fsck` tells what the clone lacks",
        )
        return
    for one in report.amiss:
        yield _finding(one, weight, case)
    if not report.amiss:
        files = len({path for entry in report.entries for path in entry.files})
        what = f"{files} inputs in {len(report.entries)} entries are as {FILE} has them"
        yield passes("baseline.kept", what, report.baseline, str(report.digest))


def _finding(one: Amiss, weight: Weight, case: Case) -> Finding:
    what, command = f"{one.what} ({one.criticality})", one.command
    if one.trouble is Trouble.TAG_ONLY and one.accepted is not None:
        if one.accepted.expires > case.now:
            weight = Weight.NOTES
            what += f"; {one.accepted.owner} accepts it until {one.accepted.expires}"
        else:
            what += f"; the acceptance by {one.accepted.owner} ended at {one.accepted.expires}"
    return Finding(
        id=f"baseline.{one.trouble}.{one.about}",
        weight=weight,
        what=what,
        evidence=one.files or (FILE,),
        command=command,
    )
