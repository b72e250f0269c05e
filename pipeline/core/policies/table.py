"""The literal table of the policy families, and the snapshot of all of them together."""

from typing import Any

from pydantic import Field

from pipeline.core.model import Digested
from pipeline.core.policies.approval_authority import (
    ApprovalAuthorityFamily,
    ApprovalAuthorityPolicy,
)
from pipeline.core.policies.canary import CanaryFamily, CanaryPolicy
from pipeline.core.policies.family import Family
from pipeline.core.policies.promotion import PromotionFamily, PromotionPolicy
from pipeline.core.policies.verification import VerificationFamily, VerificationPolicy

FAMILIES: dict[str, type[Family[Any]]] = {
    "promotion": PromotionFamily,
    "verification": VerificationFamily,
    "canary": CanaryFamily,
    "approval_authority": ApprovalAuthorityFamily,
}
"""Family name (as in the file's name) to the model of its file."""


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

    def for_target(self, target: str) -> "TargetPolicies":
        """Return a target's policies; where a family has none it is `None`: it allows nothing."""
        return TargetPolicies(
            promotion=_of(self.promotion, target),
            verification=_of(self.verification, target),
            canary=_of(self.canary, target),
            approval_authority=_of(self.approval_authority, target),
        )


class TargetPolicies(Digested):
    """The policies of one target. `None` is an empty policy: it denies."""

    promotion: PromotionPolicy | None = None
    verification: VerificationPolicy | None = None
    canary: CanaryPolicy | None = None
    approval_authority: ApprovalAuthorityPolicy | None = None


def _of(policies: tuple[Any, ...], target: str) -> Any:  # noqa: ANN401 - one family's policy
    return next((policy for policy in policies if policy.target == target), None)
