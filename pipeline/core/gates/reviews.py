"""Gate `reviews`: every checked-in line was looked at by somebody, and nothing bad was left open.

1. What is amiss holds where the promotion policy says `security_review: required`, and is noted
   where it says `noted`. Without a promotion policy it holds.
2. A line that no review covers is amiss; so is a review that counts for nothing, and one that is
   dated later than now. Where a cover was counted with one of these, how much is covered is not
   known.
3. A critical or high finding is amiss until it is resolved, also one of a review that counts for
   nothing; others, and accepted ones, are noted. An acceptance that has ended counts for nothing.
4. Nobody looked, or looking failed: as amiss as anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.policies.promotion import Demand
from pipeline.core.reviews.model import BLOCKING, FindingState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case
    from pipeline.core.reviews.cover import Reviewed, ReviewReport

FILE = "config/reviews.yaml"
SHOWN = 3
"""How many uncovered files the finding's words name; its evidence has more."""

TOLD = 3
"""How many uncovered files a finding names; its evidence names more."""


def gate(case: Case) -> Iterable[Finding]:
    """Hold, or note, uncovered lines, void reviews and open findings."""
    noted = case.promotion is not None and case.promotion.security_review is Demand.NOTED
    weight = Weight.NOTES if noted else Weight.HOLDS
    report = case.reviews
    if report is None or report.problem:
        why = "nobody looked" if report is None else report.problem
        yield _unknown(why, weight, case)
        return
    for one in report.each:
        yield from _review(one, weight, case)
    late = [one.id for one in report.each if not one.void and one.reviewed_at > case.now]
    if late:
        yield _unknown(f"it was counted with {', '.join(late)}", weight, case)
    else:
        yield _lines(report, weight)


def _unknown(why: str, weight: Weight, case: Case) -> Finding:
    return Finding(
        id="reviews.unknown",
        weight=weight,
        what=f"it is not known what the reviews cover: {why}",
        evidence=(case.context.baseline_commit,),
        command="clear what is named, then ask again: `git fsck` tells what the clone lacks",
    )


def _lines(report: ReviewReport, weight: Weight) -> Finding:
    if report.total and report.covered >= report.total:
        what = f"reviews cover all {report.total} checked-in lines"
        return passes("reviews.covered", what, report.reviews, str(report.digest))
    first = report.uncovered[:TOLD]
    more = report.uncovered_files - len(first)
    named = ", ".join(f"{path} ({lines})" for path, lines in first)
    rest = f" and {more} more files" if more > 0 else ""
    return Finding(
        id="reviews.uncovered",
        weight=weight,
        what=(
            f"reviews cover {report.covered} of {report.total} checked-in lines; "
            f"not {named or 'anything'}{rest}"
        ),
        evidence=tuple(path for path, _ in report.uncovered) or (FILE,),
        command=f"have these files reviewed and write the review into {FILE}",
    )


def _review(one: Reviewed, weight: Weight, case: Case) -> Iterable[Finding]:
    void = one.void
    if not void and one.reviewed_at > case.now:
        void = f"it is dated {one.reviewed_at}, later than now"
    if void:
        yield Finding(
            id=f"reviews.void.{one.id}",
            weight=weight,
            what=f"{one.id} counts for nothing: {void}",
            evidence=(FILE,),
            command=f"mend the record in {FILE}, or have the files reviewed anew",
        )
    for finding in one.findings:
        if finding.state is FindingState.RESOLVED:
            continue
        blocks = finding.severity in BLOCKING and finding.is_open(case.now)
        yield Finding(
            id=f"reviews.finding.{one.id}.{finding.id}",
            weight=weight if blocks else Weight.NOTES,
            what=f"{finding.severity}, {finding.state}: {finding.what}",
            evidence=(one.id,),
            command=f"mend it, have it looked at, and say `state: resolved` in {FILE}",
        )
