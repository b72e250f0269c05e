"""The file `config/reviews.yaml`: who reviewed which files, as they were at which commit.

A record is a claim of whoever wrote it; nobody has signed it. What counts of it is what the commit
shows to be true (`cover.py`); `reviewer`, `reference`, `reviewed_at` and the words of a finding are
*declarations*. A finding that is accepted is an exception, so it has a reason, an owner and an end,
and a critical one cannot be accepted at all.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from pipeline.core.fields import (
    CommitId,
    DigestText,
    Identifier,
    Line,
    PolicyId,
    Problem,
    Timestamp,
    TreePath,
    duplicates,
    refuse_all,
)
from pipeline.core.model import Digested, Model

EVERYTHING = "."
"""The path of a review of a whole commit."""


class Severity(StrEnum):
    """How bad a finding is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class FindingState(StrEnum):
    """What became of a finding."""

    OPEN = "open"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"


BLOCKING = (Severity.CRITICAL, Severity.HIGH)
"""Severities that hold a release while their finding is open."""


class FindingAcceptance(Model):
    """Why a finding does not hold a release, who answers for that, and until when."""

    reason: Line = Field(description="Why it does no harm here.")
    owner: Line = Field(description="Who answers for that.")
    expires: Timestamp = Field(description="When the acceptance ends; the finding is open then.")


class ReviewFinding(Model):
    """Something that a review found."""

    id: Identifier = Field(description="The finding's id, once in its review.")
    severity: Severity = Field(description="critical, high, medium or low.")
    state: FindingState = Field(description="open, resolved or accepted.")
    what: Line = Field(description="What is wrong, in a line.")
    accepted: FindingAcceptance | None = Field(
        default=None, description="Why it holds nothing; the state accepted needs it."
    )

    def is_open(self, now: str) -> bool:
        """Tell whether it still stands: never resolved, and not accepted at this time."""
        if self.state is FindingState.ACCEPTED and self.accepted is not None:
            return self.severity is Severity.CRITICAL or self.accepted.expires <= now
        return self.state is not FindingState.RESOLVED


class Review(Model):
    """One review: somebody read these files, as they were at this commit."""

    id: PolicyId = Field(description="The review's id: review.WHAT.")
    reviewer: Line = Field(description="Who read them; declared.")
    reference: Line = Field(description="Where the review is written down; declared.")
    reviewed_at: Timestamp = Field(description="When it was done: not before the commit was made.")
    commit: CommitId = Field(description="The commit that was read.")
    path: TreePath = Field(description="The file or folder of it; . is the whole commit.")
    tree: DigestText = Field(description="The digest of the manifest of these files there.")
    findings: tuple[ReviewFinding, ...] = Field(default=(), description="What was found.")


class Reviews(Digested):
    """The whole file; a project without one has reviewed nothing."""

    reviews: tuple[Review, ...] = Field(default=(), description="The reviews.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        reviews = _mappings(document.get("reviews"))
        for at, words in _twice(reviews, "reviews"):
            yield Problem(("reviews", at, "id"), words)
        for number, review in enumerate(reviews):
            findings = _mappings(review.get("findings"))
            for at, words in _twice(findings, "findings"):
                yield Problem(("reviews", number, "findings", at, "id"), words)
            for at, finding in enumerate(findings):
                for field, words in _acceptance(finding):
                    yield Problem(("reviews", number, "findings", at, field), words)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, (list, tuple)) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]


def _twice(listed: list[Mapping[str, Any]], name: str) -> Iterator[tuple[int, str]]:
    for at, value, first in duplicates(str(one.get("id", f"?{n}")) for n, one in enumerate(listed)):
        yield at, f"{value!r} is {name}[{first}] already; allowed: each id once"


def _acceptance(finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    state, given = finding.get("state"), finding.get("accepted") is not None
    if state == FindingState.ACCEPTED and finding.get("severity") == Severity.CRITICAL:
        yield "state", "a critical finding cannot be accepted; allowed: open or resolved"
    if state == FindingState.ACCEPTED and not given:
        yield "accepted", "is missing; allowed: `accepted: {reason, owner, expires}`"
    if given and state in (FindingState.OPEN, FindingState.RESOLVED):
        yield "accepted", f"nothing is accepted with state: {state}; allowed: with state: accepted"
