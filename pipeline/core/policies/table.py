"""The literal table of the policy families, and the snapshot of all of them together."""

from typing import Any

from pydantic import Field

from pipeline.core.families import POLICY_OF, RecordFamily
from pipeline.core.model import Digested
from pipeline.core.policies.adoption import AdoptionFamily, AdoptionPolicy
from pipeline.core.policies.approval_authority import (
    ApprovalAuthorityFamily,
    ApprovalAuthorityPolicy,
)
from pipeline.core.policies.attestation import AttestationFamily, AttestationPolicy
from pipeline.core.policies.attestation_artifact import (
    AttestationArtifactFamily,
    AttestationArtifactPolicy,
)
from pipeline.core.policies.canary import CanaryFamily, CanaryPolicy
from pipeline.core.policies.family import Family, Policy
from pipeline.core.policies.linkage import LinkageFamily, LinkagePolicy
from pipeline.core.policies.promotion import PromotionFamily, PromotionPolicy
from pipeline.core.policies.release_approval import ReleaseApproval
from pipeline.core.policies.rollback import RollbackFamily, RollbackPolicy
from pipeline.core.policies.smoke_verification import (
    SmokeVerificationFamily,
    SmokeVerificationPolicy,
)
from pipeline.core.policies.tracking import TrackingFamily, TrackingPolicy
from pipeline.core.policies.verification import VerificationFamily, VerificationPolicy

FAMILIES: dict[str, type[Family[Any]]] = {
    "promotion": PromotionFamily,
    "verification": VerificationFamily,
    "canary": CanaryFamily,
    "approval_authority": ApprovalAuthorityFamily,
    "attestation": AttestationFamily,
    "attestation_artifact": AttestationArtifactFamily,
    "tracking": TrackingFamily,
    "linkage": LinkageFamily,
    "adoption": AdoptionFamily,
    "rollback": RollbackFamily,
    "smoke_verification": SmokeVerificationFamily,
}
"""Family name (as in the file's name) to the model of its file."""
NEEDED = ("promotion", "verification", "canary", "approval_authority")
"""Families whose file must be there, if only to say that they allow nothing."""


class Policies(Digested):
    """All policies of a project; `digest` is the policy snapshot that decisions name."""

    promotion: tuple[PromotionPolicy, ...] = Field(default=(), description="Promotion policies.")
    verification: tuple[VerificationPolicy, ...] = Field(
        default=(), description="Verification policies."
    )
    canary: tuple[CanaryPolicy, ...] = Field(default=(), description="Canary policies.")
    approval_authority: tuple[ApprovalAuthorityPolicy, ...] = Field(
        default=(), description="Approval authority policies."
    )
    attestation: tuple[AttestationPolicy, ...] = Field(
        default=(), description="Attestation policies."
    )
    attestation_artifact: tuple[AttestationArtifactPolicy, ...] = Field(
        default=(), description="Attestation artifact policies."
    )
    tracking: tuple[TrackingPolicy, ...] = Field(default=(), description="Tracking policies.")
    linkage: tuple[LinkagePolicy, ...] = Field(default=(), description="Linkage policies.")
    adoption: tuple[AdoptionPolicy, ...] = Field(default=(), description="Adoption policies.")
    rollback: tuple[RollbackPolicy, ...] = Field(default=(), description="Rollback policies.")
    smoke_verification: tuple[SmokeVerificationPolicy, ...] = Field(
        default=(), description="Smoke verification policies."
    )
    approvals: tuple[ReleaseApproval, ...] = Field(
        default=(), description="Release approvals, one for each target."
    )

    def for_target(self, target: str) -> "TargetPolicies":
        """Return a target's policies; where a family has none it is `None`: it allows nothing."""
        return TargetPolicies(
            promotion=_of(self.promotion, target),
            verification=_of(self.verification, target),
            canary=_of(self.canary, target),
            approval_authority=_of(self.approval_authority, target),
            attestation=_all(self.attestation, target),
            attestation_artifact=_all(self.attestation_artifact, target),
            tracking=_of(self.tracking, target),
            linkage=_of(self.linkage, target),
            adoption=_of(self.adoption, target),
            rollback=_of(self.rollback, target),
            smoke_verification=_of(self.smoke_verification, target),
            approval=_of(self.approvals, target),
        )


class TargetPolicies(Digested):
    """The policies of one target. `None` is an empty policy: it denies."""

    promotion: PromotionPolicy | None = None
    verification: VerificationPolicy | None = None
    canary: CanaryPolicy | None = None
    approval_authority: ApprovalAuthorityPolicy | None = None
    attestation: tuple[AttestationPolicy, ...] = ()
    attestation_artifact: tuple[AttestationArtifactPolicy, ...] = ()
    tracking: TrackingPolicy | None = None
    linkage: LinkagePolicy | None = None
    adoption: AdoptionPolicy | None = None
    rollback: RollbackPolicy | None = None
    smoke_verification: SmokeVerificationPolicy | None = None
    approval: ReleaseApproval | None = None
    """The release approval."""

    def of(self, family: str) -> tuple[Policy, ...]:
        """Return the policies of a policy family, by its name in `FAMILIES`."""
        found = getattr(self, family)
        if found is None:
            return ()
        return tuple(found) if isinstance(found, tuple) else (found,)

    def of_record(self, family: RecordFamily, policy: str) -> Policy | None:
        """Return the policy that a record of a family names, if it is one of this target's."""
        return next((item for item in self.of(POLICY_OF[family]) if item.id == policy), None)


def _of(policies: tuple[Any, ...], target: str) -> Any:  # noqa: ANN401 - one family's policy
    return next((policy for policy in policies if policy.target == target), None)


def _all(policies: tuple[Any, ...], target: str) -> Any:  # noqa: ANN401 - one family's policies
    return tuple(policy for policy in policies if policy.target == target)
