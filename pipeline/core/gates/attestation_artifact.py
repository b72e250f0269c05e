"""Gate `attestation_artifact`: the attestation records of a phase show what their policy asks for.

1. The record has found every identity claim that the policy asks for.
2. Where verification is required, the record's provenance was verified under rooted trust.
3. With `before_production_approval`, an approval in production waits for rooted trust already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged, listed, new_release
from pipeline.core.policies import AttestationArtifactPolicy, TrustKind
from pipeline.core.records.attestation import AttestationRecord, Checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said

_NOT_YET = 'nothing in this version: rooted trust does not exist yet (README, "Not yet")'


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose attestation records do not show what was asked."""
    for policy in listed(case, "attestation_artifact"):
        if (
            isinstance(policy, AttestationArtifactPolicy)
            and policy.before_production_approval
            and policy.verification_required
            and case.stage.approval
            and case.is_production
            and case.trust_kind is not TrustKind.ROOTED
        ):
            words = f"{policy.id}: no attestation verified under rooted trust can be recorded"
            yield _hold("before_production_approval", words, case.bound.trust, command=_NOT_YET)
    asked = (RecordFamily.ATTESTATION, AttestationArtifactPolicy, AttestationRecord)
    for policy, said, kept in each_record(case, *asked):
        against = _judge(case, policy, said, kept)
        yield from judged("attestation_artifact", said, against, "shows what is asked for")


def _judge(
    case: Case, policy: AttestationArtifactPolicy, said: Said, kept: AttestationRecord
) -> Iterator[Finding]:
    claims = {claim.name: claim.value for claim in kept.claims}
    absent = [claim.value for claim in policy.identity_claims if not claims.get(claim)]
    if absent:  # rule 1
        words = f"{kept.record_id} has no {', '.join(absent)}"
        mend = new_release(case, "let the building stage emit provenance that says so")
        yield _hold("identity_claims", words, said.bundle_digest, command=mend)
    if policy.verification_required and kept.verification is not Checked.ROOTED:  # rule 2
        words = f"{kept.record_id} was verified as {kept.verification.value} alone"
        yield _hold("verification_required", words, said.bundle_digest, command=_NOT_YET)


def _hold(field: str, what: str, *evidence: str, command: str) -> Finding:
    return hold(f"attestation_artifact.{field}", what, *evidence, command=command)
