"""Approval authority: who may approve, how many of them, for how long."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.core.fields import Problem, Timeout, refuse_all
from pipeline.core.policies.family import Family, Policy


class AuthorityKind(StrEnum):
    """What stands behind an approval."""

    LOCAL_MANUAL = "local_manual"
    WORKFLOW_DISPATCH = "workflow_dispatch"
    APPROVED_WORKFLOW = "approved_workflow"


class ApprovalAuthorityPolicy(Policy):
    """What an approval needs to count."""

    kinds: tuple[AuthorityKind, ...] = Field(
        min_length=1, description="Accepted: local_manual, workflow_dispatch, approved_workflow."
    )
    threshold: int = Field(
        ge=0, le=100, description="How many distinct known principals must approve; 0: none."
    )
    named_approver: bool = Field(description="The approver must be a known principal.")
    expires: Timeout = Field(description="How long an approval stands: 24h.")

    @model_validator(mode="after")
    def _authority(self) -> Self:
        """A named approver is at least one; without any, `local_manual` must be accepted."""
        if self.named_approver and self.threshold == 0:
            words = "0 names nobody, and named_approver is true; allowed: at least 1"
            refuse_all([Problem(("threshold",), words)])
        if self.threshold == 0 and AuthorityKind.LOCAL_MANUAL not in self.kinds:
            words = "0 needs the authority local_manual among kinds; allowed: at least 1 without it"
            refuse_all([Problem(("threshold",), words)])
        return self


class ApprovalAuthorityFamily(Family[ApprovalAuthorityPolicy]):
    """The file `config/policies/approval_authority.yaml`."""

    family: Literal["approval_authority"] = Field(
        description="The family's name, equal to the file's."
    )
