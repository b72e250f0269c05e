"""`record-promotion/v1`: which stages a release has passed, and under which policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.model import Model
from pipeline.core.policies.promotion import PromotionPolicy
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class PolicyDependency(Model):
    """A policy that the promotion was made under: its id and digest."""

    id: Text
    digest: DigestText


class PromotionRecord(Record):
    """Completed, required and manual stages; what the promotion depends on, by digest."""

    completed_stages: tuple[Text, ...]
    required_stages: tuple[Text, ...]
    manual_stages: tuple[Text, ...]
    approval_reference: Text | None
    compatibility_matrix: DigestText
    """Digest of the generated matrix, which lies beside the records."""
    policy_dependencies: tuple[PolicyDependency, ...]
    """Every policy of the target, and its release approval."""
    attestation_policies: tuple[Text, ...]
    stage_results: tuple[DigestText, ...]
    """The results of the completed stages but the one that this record is made with."""


def make(ground: Ground, policy: PromotionPolicy) -> PromotionRecord:
    """Return the promotion record of a phase."""
    given = ground.newest_approval
    completed = [item.result.stage for item in ground.evidence.stages]
    return PromotionRecord(
        **ground.head("promotion", policy.id),
        completed_stages=(*completed, ground.stage.id),
        required_stages=policy.required_stages,
        manual_stages=policy.manual_stages,
        approval_reference=given.reference if given else None,
        compatibility_matrix=str(ground.matrix),
        policy_dependencies=tuple(
            PolicyDependency(id=name, digest=digest)
            for name, digest in ground.policy_dependencies.items()
        ),
        attestation_policies=policy.attestation_policies,
        stage_results=tuple(str(item.digest) for item in ground.evidence.stages),
    )
