"""`licences`: the release and everything installed with it has a licence that the policy allows.

An unknown licence is not allowed; an empty list allows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.licences import is_allowed, licence_of
from pipeline.flows.steps.checks.subject import judged

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Outcome, Subject


def check(subject: Subject) -> Outcome:
    """Compare every installed distribution's licence with the policy."""
    allow = subject.policy.licences.allow
    faults, seen = [], set()
    for item in subject.installed:
        licence = licence_of(item.declared)
        if licence is None:
            faults.append(f"{item.name} {item.version}: its licence is unknown")
        elif not is_allowed(licence, allow):
            faults.append(f"{item.name} {item.version}: {licence} is not allowed")
        else:
            seen.add(licence)
    listed = ", ".join(sorted(seen))
    return judged(sorted(faults), f"{len(subject.installed)} distributions: {listed}")
