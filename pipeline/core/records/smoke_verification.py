"""`record-smoke-verification/v1`: which checks passed against what is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.config import Session
from pipeline.core.policies.smoke_verification import SmokeVerificationPolicy
from pipeline.core.predicates.fields import CheckVerdict, DigestText, Text
from pipeline.core.predicates.smoke import Smoke
from pipeline.core.records.record import Record
from pipeline.core.statement import SMOKE

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class SmokeRecord(Record):
    """The checks that passed every time they were run, and which of the asked ones did not."""

    kind: Text
    evidence: Text
    """The registry's entry."""
    verified_checks: tuple[Text, ...]
    unverified_checks: tuple[Text, ...]
    """Checks that the policy asks for and that did not pass, or were not run."""
    operator_session_verified: bool
    statements: tuple[DigestText, ...]


def make(ground: Ground, policy: SmokeVerificationPolicy) -> SmokeRecord:
    """Return the smoke verification record of a phase."""
    said = [item for item in ground.statements if item.statement.predicate_type == SMOKE]
    passed: set[str] = set()
    failed: set[str] = set()
    for item in said:
        for check in Smoke.from_json(item.statement.predicate).checks:
            (passed if check.verdict is CheckVerdict.PASSED else failed).add(check.id)
    verified = passed - failed
    behind = {c.id for c in ground.target.smoke if c.session is Session.REQUIRED}
    return SmokeRecord(
        **ground.head("smoke_verification", policy.id),
        kind=policy.kind,
        evidence=policy.evidence,
        verified_checks=tuple(sorted(verified)),
        unverified_checks=tuple(sorted(set(policy.checks) - verified)),
        operator_session_verified=bool(behind) and behind <= verified,
        statements=tuple(sorted(str(item.bundle_digest) for item in said)),
    )
