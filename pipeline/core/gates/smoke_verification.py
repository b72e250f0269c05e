"""Gate `smoke_verification`: what the policy asks for was checked against what is live.

1. Every check that the policy asks for has passed, each time it was run.
2. Where an operator session is asked for, every check behind it has passed.
3. Kind and registry entry are the policy's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged, new_release
from pipeline.core.policies import SmokeVerificationPolicy
from pipeline.core.records.smoke_verification import SmokeRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release that was not checked as its policy asks."""
    for policy, said, kept in each_record(
        case, RecordFamily.SMOKE_VERIFICATION, SmokeVerificationPolicy, SmokeRecord
    ):
        yield from judged(
            "smoke_verification",
            said,
            _judge(case, policy, said, kept),
            "has every check that is asked for",
        )


def _judge(
    case: Case, policy: SmokeVerificationPolicy, said: Said, kept: SmokeRecord
) -> Iterator[Finding]:
    where = said.bundle_digest
    mend = new_release(case, "mend what the checks found")
    absent = sorted(set(policy.checks) - set(kept.verified_checks))
    if absent:  # rule 1
        words = f"{kept.record_id}: not verified: {', '.join(absent)}"
        yield hold("smoke_verification.checks", words, where, command=mend)
    if policy.operator_session and not kept.operator_session_verified:  # rule 2
        words = f"{kept.record_id}: no check behind the operator session has passed"
        yield hold("smoke_verification.operator_session", words, where, command=mend)
    if (kept.kind, kept.evidence) != (policy.kind, policy.evidence):  # rule 3
        words = f"{kept.record_id} is of {kept.kind}, {kept.evidence}"
        yield hold("smoke_verification.kind", words, where, command=mend)
