"""Gate `rollback`: what one would go back to is known before it is needed.

1. Every field that the policy asks for is found.
2. Every runbook that the policy names is in the release's commit.
3. `signed_or_attested` asks for what was live to be trusted under rooted trust; where nothing was
   live there is nothing to go back to.
4. The record is of the kind that the policy says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged, new_release
from pipeline.core.policies import RollbackPolicy
from pipeline.core.policies.attestation import RollbackDemand
from pipeline.core.records.record import TrustedArtifact
from pipeline.core.records.rollback_target import RollbackRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release of which nobody knows the way back."""
    for policy, said, kept in each_record(
        case, RecordFamily.ROLLBACK_TARGET, RollbackPolicy, RollbackRecord
    ):
        yield from judged("rollback", said, _judge(case, policy, said, kept), "says the way back")


def _judge(
    case: Case, policy: RollbackPolicy, said: Said, kept: RollbackRecord
) -> Iterator[Finding]:
    where = said.bundle_digest
    absent = [field.value for field in policy.fields if not getattr(kept, field.value)]
    if absent:  # rule 1
        words = f"{kept.record_id} has no {', '.join(absent)}"
        mend = new_release(case, "let the stages emit what says so")
        yield hold("rollback.fields", words, where, command=mend)
    there = {item.name for item in kept.preparation_reference}
    lost = sorted(set(policy.references) - there)
    if lost:  # rule 2
        words = f"the release's commit has no runbook {', '.join(lost)}"
        mend = new_release(case, f"write {', '.join(lost)}")
        yield hold("rollback.references", words, where, command=mend)
    weak = kept.trusted_artifact_status is TrustedArtifact.DOCUMENTED
    if policy.trusted_artifact is RollbackDemand.SIGNED_OR_ATTESTED and weak:  # rule 3
        words = f"what was live is {kept.trusted_artifact_status.value}, not signed or attested"
        command = 'nothing in this version: rooted trust does not exist yet (README, "Not yet")'
        yield hold("rollback.trusted_artifact", words, where, command=command)
    if kept.kind != policy.kind.value:  # rule 4
        words = f"{kept.record_id} is of the kind {kept.kind}, the policy says {policy.kind.value}"
        yield hold("rollback.kind", words, where, command=new_release(case, "mend the policy"))
