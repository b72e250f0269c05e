"""From a stage's declaration to its records: which families, in which order, made by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.policies import (
    ApprovalAuthorityPolicy,
    AttestationArtifactPolicy,
    CanaryPolicy,
    LinkagePolicy,
    PromotionPolicy,
    RollbackPolicy,
    SmokeVerificationPolicy,
    TrackingPolicy,
)
from pipeline.core.records import (
    approval_authority,
    attestation,
    canary,
    linkage,
    promotion,
    rollback_target,
    smoke_verification,
    tracking,
)
from pipeline.errors import HeldError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.ladder import Stage
    from pipeline.core.policies.family import Policy
    from pipeline.core.records.ground import Ground
    from pipeline.core.records.record import Record


def declared(stage: Stage) -> tuple[RecordFamily, ...]:
    """Return the families that a stage emits, linkage last: it ties the others together."""
    return tuple(sorted(stage.records, key=lambda family: family is RecordFamily.LINKAGE))


def make(ground: Ground, family: RecordFamily) -> Record:
    """Return a stage's record of one family; `HeldError` when its policy is not there."""
    name = ground.stage.records[family]
    policy = ground.policies.of_record(family, name)
    for record in _made(ground, policy):
        return record
    raise HeldError(
        f"the policy {name!r} of the {family.value} record is not one of the target's",
        where=f"config/ladders/{ground.ladder.ladder}.yaml: {ground.stage.id}: records",
        todo="name a policy of that family for this target; an empty policy denies",
    )


def _made(ground: Ground, policy: Policy | None) -> Iterator[Record]:
    match policy:
        case TrackingPolicy():
            yield tracking.make(ground, policy)
        case AttestationArtifactPolicy():
            yield attestation.make(ground, policy)
        case ApprovalAuthorityPolicy():
            yield approval_authority.make(ground, policy)
        case PromotionPolicy():
            yield promotion.make(ground, policy)
        case SmokeVerificationPolicy():
            yield smoke_verification.make(ground, policy)
        case RollbackPolicy():
            yield rollback_target.make(ground, policy)
        case CanaryPolicy():
            yield canary.make(ground, policy)
        case LinkagePolicy():
            yield linkage.make(ground, policy)
