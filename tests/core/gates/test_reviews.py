"""Gate `reviews`: every line was looked at, by a review that counts, and nothing bad is open."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.gates import Finding, Verdict, decide
from pipeline.core.policies.promotion import Demand
from pipeline.core.reviews.cover import Reviewed, ReviewReport
from pipeline.core.reviews.model import ReviewFinding
from tests.core.gates.cases import COVERED, ask, case, told
from tests.core.gates.signed import EARLIER, LATER, NOW, PROMOTION

REQUIRED = PROMOTION.model_copy(update={"security_review": Demand.REQUIRED})
NOTED = PROMOTION.model_copy(update={"security_review": Demand.NOTED})
LINES = dataclasses.replace(
    COVERED, covered=4, uncovered=(("tea.py", 2), ("pot.py", 1)), uncovered_files=2
)


def asked(report: ReviewReport | None, **changes: Any) -> list[Finding]:  # noqa: ANN401
    return ask("reviews", **({"promotion": REQUIRED, "reviews": report} | changes))


def found(severity: str, state: str, until: str = "") -> ReviewFinding:
    accepted = {"reason": "no harm", "owner": "ada", "expires": until}
    return ReviewFinding.from_json(
        {"id": "leak", "severity": severity, "state": state, "what": "the pot leaks"}
        | ({"accepted": accepted} if until else {})
    )


def review(*findings: ReviewFinding, void: str = "", at: str = EARLIER) -> ReviewReport:
    one = Reviewed(id="review.pot", reviewed_at=at, void=void, findings=findings)
    return dataclasses.replace(COVERED, each=(one,))


def test_full_cover_speaks_for_the_release() -> None:
    (finding,) = asked(COVERED)
    assert told([finding]) == [("reviews.covered", "passes")]
    assert finding.evidence == (COVERED.reviews, str(COVERED.digest))


def test_an_uncovered_line_holds_where_review_is_required_and_is_noted_where_not() -> None:
    (finding,) = held = asked(LINES)
    assert told(held) == [("reviews.uncovered", "holds")]
    assert "4 of 7" in finding.what
    assert "tea.py (2), pot.py (1)" in finding.what
    assert finding.evidence == ("tea.py", "pot.py")
    assert told(asked(LINES, promotion=NOTED)) == [("reviews.uncovered", "notes")]
    assert told(asked(LINES, promotion=None)) == [("reviews.uncovered", "holds")]


def test_of_many_uncovered_files_the_rest_is_counted() -> None:
    (finding,) = asked(dataclasses.replace(LINES, uncovered_files=9))
    assert "and 7 more files" in finding.what
    many = tuple((f"{number}.py", number) for number in range(1, 11))
    (finding,) = asked(dataclasses.replace(LINES, uncovered=many, uncovered_files=12))
    assert "1.py (1), 2.py (2), 3.py (3) and 9 more files" in finding.what
    assert len(finding.evidence) == 10


def test_a_commit_without_lines_is_not_covered() -> None:
    empty = dataclasses.replace(COVERED, total=0, covered=0)
    assert told(asked(empty)) == [("reviews.uncovered", "holds")]


@pytest.mark.parametrize("report", [None, dataclasses.replace(COVERED, problem="no git")])
def test_what_nobody_could_look_at_holds(report: ReviewReport | None) -> None:
    assert told(asked(report)) == [("reviews.unknown", "holds")]
    assert told(asked(report, promotion=NOTED)) == [("reviews.unknown", "notes")]
    assert decide(case(promotion=REQUIRED, reviews=report)).verdict is Verdict.HOLD


def test_a_review_that_counts_for_nothing_holds() -> None:
    held = asked(review(void="its tree is another"))
    assert told(held) == [("reviews.void.review.pot", "holds"), ("reviews.covered", "passes")]
    assert "its tree is another" in held[0].what


def test_a_review_that_is_dated_later_than_now_holds() -> None:
    late = [("reviews.void.review.pot", "holds"), ("reviews.unknown", "holds")]
    assert told(asked(review(at=LATER))) == late
    assert told(asked(review(at=NOW))) == [("reviews.covered", "passes")]


@pytest.mark.parametrize(
    ("severity", "state", "until", "weight"),
    [
        ("critical", "open", "", "holds"),
        ("high", "open", "", "holds"),
        ("medium", "open", "", "notes"),
        ("low", "open", "", "notes"),
        ("high", "accepted", LATER, "notes"),
        ("high", "accepted", NOW, "holds"),
        ("medium", "accepted", EARLIER, "notes"),
        ("high", "accepted", "", "holds"),
        # what no file can say, and the gate must not believe all the same
        ("high", "open", LATER, "holds"),
        ("critical", "accepted", LATER, "holds"),
    ],
)
def test_critical_and_high_findings_hold_until_they_are_resolved(
    severity: str, state: str, until: str, weight: str
) -> None:
    name = "reviews.finding.review.pot.leak"
    assert told(asked(review(found(severity, state, until))))[0] == (name, weight)
    noted = asked(review(found(severity, state, until)), promotion=NOTED)
    assert told(noted)[0] == (name, "notes")


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
def test_a_resolved_finding_says_nothing(severity: str) -> None:
    assert told(asked(review(found(severity, "resolved")))) == [("reviews.covered", "passes")]


def test_an_open_finding_of_a_void_review_holds_all_the_same() -> None:
    held = asked(review(found("critical", "open"), void="a shallow clone"))
    assert [weight for _, weight in told(held)] == ["holds", "holds", "passes"]
