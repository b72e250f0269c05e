"""`vulnerabilities`: no known vulnerability that somebody has not answered for.

Every source of advisories is asked. What one finds counts; a severity that one source lacks is
taken from another that names the same advisory. Data that is expired or not to be believed fails
the check; if no source could be asked it was not run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from pipeline.core.advisories import SEVERITIES, Finding, holding
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.edges.advisories import SOURCES
from pipeline.edges.advisories.interface import Answer, Question
from pipeline.flows.steps.checks.subject import Outcome, judged, not_run

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Subject

TODO = (
    "give a dated OSV snapshot: advisories.snapshot in config/policies/verification.yaml, "
    "or a network with an advisory service"
)
"""What lets the check run where no source could be asked."""


def check(subject: Subject) -> Outcome:
    """Ask every source and judge what they found."""
    question = _question(subject)
    subject.answers.extend(ask(question) for ask in SOURCES.values())
    answers = subject.answers
    faults = [
        f"{answer.source}: {answer.reason}"
        for answer in answers
        if answer.verdict is CheckVerdict.FAILED
    ]
    exceptions = subject.policy.advisories.exceptions
    holds, excepted = holding(_joined(answers), exceptions, subject.now)
    faults.extend(holds)
    ran = [answer for answer in answers if answer.ran]
    if not faults and not ran:
        why = "; ".join(f"{answer.source}: {answer.reason}" for answer in answers)
        return not_run(why, TODO)
    told = "; ".join(f"{answer.source}: {answer.reason}" for answer in ran)
    outcome = judged(faults, f"no advisory holds. {told}")
    return replace(outcome, details=(*outcome.details, *excepted))


def _question(subject: Subject) -> Question:
    """Ask about all that is locked for any platform, and all that is installed."""
    own = canonicalize_name(subject.wheel.name.partition("-")[0])
    lock = subject.source.lock
    locked = lock.closure(subject.source.roots()).keys() if lock is not None else set()
    installed = {(str(canonicalize_name(item.name)), item.version) for item in subject.installed}
    snapshot = subject.policy.advisories.snapshot
    return Question(
        packages=tuple(sorted(key for key in locked | installed if key[0] != own)),
        snapshot=subject.step.repository / snapshot if snapshot else None,
        max_age=subject.policy.advisories.max_age,
        now=subject.now,
        scratch=subject.step.scratch,
    )


def _joined(answers: list[Answer]) -> list[Finding]:
    """Return each advisory of a package once, with all its names and its worst known severity."""
    joined: list[Finding] = []
    for finding in (found for answer in answers for found in answer.findings):
        same = [
            other
            for other in joined
            if (other.package, other.version) == (finding.package, finding.version)
            and set(other.ids) & set(finding.ids)
        ]
        merged = finding
        for other in same:
            joined.remove(other)
            known = [item.severity for item in (merged, other) if item.severity is not None]
            merged = replace(
                merged,
                ids=tuple(dict.fromkeys((*other.ids, *merged.ids))),
                severity=max(known, key=SEVERITIES.index) if known else None,
            )
        joined.append(merged)
    return joined
