"""`record-approval-authority/v1`: under whose authority a release went on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.policies.approval_authority import ApprovalAuthorityPolicy
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class AuthorityRecord(Record):
    """Mode and scope of the approval, its kind, and who stands behind it, if anybody is named."""

    approval_mode: Text | None
    approval_scope: Text | None
    approval_reference: Text | None
    authority_kind: Text | None
    approver_or_automation_reference: Text | None
    approvers: tuple[Text, ...]
    """Principals that signed an approval; empty where nobody is claimed to have."""
    approvals: tuple[DigestText, ...]
    """Digests of the bundles of the approval statements."""


def make(ground: Ground, policy: ApprovalAuthorityPolicy) -> AuthorityRecord:
    """Return the authority record of a phase."""
    approval, given = ground.approval_policy, ground.newest_approval
    reference = given.reference if given else None
    approver = given.approver if given else None
    named = approver or (reference if policy.automation_reference else None)
    return AuthorityRecord(
        **ground.head("approval_authority", policy.id),
        approval_mode=approval.approval_mode.value if approval else None,
        approval_scope=approval.approval_scope.value if approval else None,
        approval_reference=reference,
        authority_kind=given.authority_kind if given else None,
        approver_or_automation_reference=named,
        approvers=tuple(approver.split(", ")) if approver else (),
        approvals=ground.approval_digests,
    )
