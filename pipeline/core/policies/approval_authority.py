"""Approval authority: who may approve, how many of them, for how long."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.fields import Timeout
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
    threshold: int = Field(ge=1, le=100, description="How many distinct principals must approve.")
    named_approver: bool = Field(description="The approver must be a known principal.")
    expires: Timeout = Field(description="How long an approval stands: 24h.")


class ApprovalAuthorityFamily(Family[ApprovalAuthorityPolicy]):
    """The file `config/policies/approval_authority.yaml`."""

    family: Literal["approval_authority"] = Field(
        description="The family's name, equal to the file's."
    )
