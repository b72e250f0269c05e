"""Approval authority: who may approve, how many of them, for how long."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.core.fields import PolicyId, Problem, Timeout, refuse_all
from pipeline.core.policies.family import Family, Policy


class AuthorityKind(StrEnum):
    """What stands behind an approval."""

    LOCAL_MANUAL = "local_manual"
    """Somebody named the stage on the command line; nobody is claimed to have signed."""
    NAMED_APPROVER = "named_approver"
    """A known principal signed an approval of exactly this evidence."""
    WORKFLOW_DISPATCH = "workflow_dispatch"
    APPROVED_WORKFLOW = "approved_workflow"


class AuthorityEvidence(StrEnum):
    """What an approval authority's record must hold."""

    APPROVAL_MODE = "approval_mode"
    APPROVAL_SCOPE = "approval_scope"
    APPROVAL_REFERENCE = "approval_reference"
    AUTHORITY_KIND = "authority_kind"
    AUTHORITY = "approver_or_automation_reference"


class AuthorityReference(StrEnum):
    """Who is named as the authority."""

    APPROVER_ELSE_TRIGGER = "approver_else_workflow_else_local_trigger"


class ApprovalAuthorityPolicy(Policy):
    """What an approval needs to count."""

    kinds: tuple[AuthorityKind, ...] = Field(
        min_length=1,
        description="Accepted: local_manual, named_approver, workflow_dispatch, approved_workflow.",
    )
    threshold: int = Field(
        ge=0, le=100, description="How many distinct known principals must approve; 0: none."
    )
    named_approver: bool = Field(description="The approver must be a known principal.")
    expires: Timeout = Field(description="How long an approval stands: 24h.")
    human_approval: bool = Field(
        description="Whether a person must stand behind it; an approved workflow alone does not."
    )
    automation_reference: bool = Field(
        description="Whether a workflow's reference may stand in for a person's name."
    )
    evidence: tuple[AuthorityEvidence, ...] = Field(
        min_length=1, description="What the authority record must have found."
    )
    reference_strategy: AuthorityReference = Field(description="Who is named as the authority.")
    promotion_policy: PolicyId = Field(description="The promotion policy that it belongs to.")

    @model_validator(mode="after")
    def _authority(self) -> Self:
        """A named approver is at least one; without any, `local_manual` must be accepted."""
        if self.named_approver and self.threshold == 0:
            words = "0 names nobody, and named_approver is true; allowed: at least 1"
            refuse_all([Problem(("threshold",), words)])
        if self.named_approver and AuthorityKind.NAMED_APPROVER not in self.kinds:
            words = "named_approver is true, but not among the kinds; allowed: with it"
            refuse_all([Problem(("kinds",), words)])
        if self.threshold == 0 and AuthorityKind.LOCAL_MANUAL not in self.kinds:
            words = "0 needs the authority local_manual among kinds; allowed: at least 1 without it"
            refuse_all([Problem(("threshold",), words)])
        return self


class ApprovalAuthorityFamily(Family[ApprovalAuthorityPolicy]):
    """The file `config/policies/approval_authority.yaml`."""

    family: Literal["approval_authority"] = Field(
        description="The family's name, equal to the file's."
    )
