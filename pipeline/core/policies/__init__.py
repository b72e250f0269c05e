"""The policy families, one file each; `FAMILIES` is the literal table of them."""

from pipeline.core.policies.approval_authority import ApprovalAuthorityPolicy, AuthorityKind
from pipeline.core.policies.canary import CanaryPolicy, CanaryRule, Margins, Objectives
from pipeline.core.policies.promotion import Anchoring, PromotionPolicy, TrustKind
from pipeline.core.policies.table import FAMILIES, Policies
from pipeline.core.policies.verification import AdvisoryException, VerificationPolicy

__all__ = [
    "FAMILIES",
    "AdvisoryException",
    "Anchoring",
    "ApprovalAuthorityPolicy",
    "AuthorityKind",
    "CanaryPolicy",
    "CanaryRule",
    "Margins",
    "Objectives",
    "Policies",
    "PromotionPolicy",
    "TrustKind",
    "VerificationPolicy",
]
