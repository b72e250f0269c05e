"""Which findings a policy may except, by the one list of them; all others hold, whatever it says.

1. An exception names one finding by its whole id; there are no wildcards.
2. It may name what somebody can look at and answer for: a check of the artifacts, and findings
   about baseline, reviews, compatibility and registry.
3. Never what believing rests on: trust, origin, order, approval, policy, anchor, hold, attempts,
   tree, window, imports, linkage, records. Never a gate that crashed, nor a missing policy.
4. Never the check of vulnerabilities, nor what a security review found: single advisories are
   excepted in the verification policy, single findings in the reviews, and a critical one nowhere.
5. Never that nobody could look.
"""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field, WithJsonSchema

from pipeline.core.fields import Line, Timestamp, refuse
from pipeline.core.model import Model

_WORD = "[a-z][a-z0-9_]{0,63}"
EXCEPTABLE = (
    rf"checks\.(?!vulnerabilities\.){_WORD}\.(not_run|failed)",
    rf"(?!reviews\.finding\.)(baseline|reviews|compatibility|registry)(\.{_WORD}){{1,4}}",
)
"""The ids that an exception may name, as patterns for the whole id (rules 2 to 4)."""
_NEVER = ("crashed", "no_policy", "unknown")
_ALLOWED = (
    "checks.NAME.not_run, checks.NAME.failed, or a finding of baseline, reviews, compatibility or "
    "registry"
)


class Family(NamedTuple):
    """Why a family of findings is never excepted, in words."""

    prefix: str
    words: str


_TOLD = (
    Family(
        "checks.vulnerabilities.",
        "is not excepted as a whole; single advisories are, in config/policies/verification.yaml",
    ),
    Family(
        "reviews.finding.",
        "is accepted where it stands, in config/reviews.yaml, and a critical one nowhere",
    ),
)


def exceptable(finding: str) -> bool:
    """Tell whether a policy may except a finding of this id."""
    ends = finding.rpartition(".")[2]
    return ends not in _NEVER and any(re.fullmatch(each, finding) for each in EXCEPTABLE)


def _finding(value: str) -> str:
    if exceptable(value):
        return value
    told = [family.words for family in _TOLD if value.startswith(family.prefix)]
    words = told[0] if told else "is no finding that a policy may except"
    message = f"{value[:80]!r} {words}; allowed: {_ALLOWED}"
    raise refuse(message)


ExceptableFinding = Annotated[
    str,
    AfterValidator(_finding),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({'|'.join(EXCEPTABLE)})$", "x-allowed": _ALLOWED}
    ),
]


class FindingException(Model):
    """A finding that somebody looked at and answers for, until a day."""

    finding: ExceptableFinding = Field(description="The finding's id, as `invoke why` shows it.")
    reason: Line = Field(description="Why it does no harm here.")
    owner: Line = Field(description="Who answers for that.")
    expires: Timestamp = Field(description="When the exception ends.")
