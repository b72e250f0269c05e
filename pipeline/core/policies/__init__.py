"""The policy families, one file each; `FAMILIES` is the literal table of them."""

from pipeline.core.policies.adoption import AdoptionPolicy
from pipeline.core.policies.approval_authority import ApprovalAuthorityPolicy, AuthorityKind
from pipeline.core.policies.attestation import AttestationPolicy, IdentityClaim
from pipeline.core.policies.attestation_artifact import AttestationArtifactPolicy
from pipeline.core.policies.canary import Boundary, CanaryPolicy, CanaryRule, Margins, Objectives
from pipeline.core.policies.excepting import FindingException
from pipeline.core.policies.linkage import LinkagePolicy, SharedField
from pipeline.core.policies.promotion import (
    Anchoring,
    Demand,
    PromotionPolicy,
    TrustKind,
)
from pipeline.core.policies.release_approval import ReleaseApproval
from pipeline.core.policies.rollback import RollbackPolicy
from pipeline.core.policies.smoke_verification import SmokeVerificationPolicy
from pipeline.core.policies.table import FAMILIES, Policies, TargetPolicies
from pipeline.core.policies.tracking import TrackingPolicy
from pipeline.core.policies.verification import AdvisoryException, VerificationPolicy

__all__ = [
    "FAMILIES",
    "AdoptionPolicy",
    "AdvisoryException",
    "Anchoring",
    "ApprovalAuthorityPolicy",
    "AttestationArtifactPolicy",
    "AttestationPolicy",
    "AuthorityKind",
    "Boundary",
    "CanaryPolicy",
    "CanaryRule",
    "Demand",
    "FindingException",
    "IdentityClaim",
    "LinkagePolicy",
    "Margins",
    "Objectives",
    "Policies",
    "PromotionPolicy",
    "ReleaseApproval",
    "RollbackPolicy",
    "SharedField",
    "SmokeVerificationPolicy",
    "TargetPolicies",
    "TrackingPolicy",
    "TrustKind",
    "VerificationPolicy",
]
