"""Gate `authority`: the authority record shows what its policy asks for.

1. Every kind of evidence that the policy asks for is found.
2. The authority is of a kind that the policy accepts.
3. Where a person is asked for, an approved workflow alone is none.
4. Where automation may not stand in for a name, an approver is named.
5. As many distinct approvers as the threshold says are named.
6. The policy belongs to the target's promotion policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged
from pipeline.core.policies import ApprovalAuthorityPolicy, AuthorityKind
from pipeline.core.records.approval_authority import AuthorityRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose authority record is not what was asked."""
    policy = case.authority
    promotion = case.promotion
    if policy and promotion and policy.promotion_policy != promotion.id:  # rule 6
        words = f"{policy.id} belongs to {policy.promotion_policy}, the target has {promotion.id}"
        where = "config/policies/approval_authority.yaml"
        command = f"mend promotion_policy in {where}"
        yield hold("authority.promotion_policy", words, where, command=command)
    for asked, said, kept in each_record(
        case, RecordFamily.APPROVAL_AUTHORITY, ApprovalAuthorityPolicy, AuthorityRecord
    ):
        yield from judged("authority", said, _judge(case, asked, said, kept), "names the authority")


def _judge(
    case: Case, policy: ApprovalAuthorityPolicy, said: Said, kept: AuthorityRecord
) -> Iterator[Finding]:
    def against(field: str, words: str) -> Finding:
        approving = [stage.alias for stage in case.ladder.stages if stage.approval]
        name = approving[-1] if approving else "STAGE"
        command = f"invoke approve --ladder {case.ladder.ladder} --stage {name} --reason TEXT"
        return hold(f"authority.{field}", words, said.bundle_digest, command=command)

    absent = [item.value for item in policy.evidence if not getattr(kept, item.value)]
    if absent:  # rule 1
        yield against("evidence", f"{kept.record_id} has no {', '.join(absent)}")
    kinds = {kind.value for kind in policy.kinds}
    if kept.authority_kind is not None and kept.authority_kind not in kinds:  # rule 2
        words = f"the authority is {kept.authority_kind}; accepted: {', '.join(sorted(kinds))}"
        yield against("kinds", words)
    if policy.human_approval and kept.authority_kind == AuthorityKind.APPROVED_WORKFLOW:  # rule 3
        yield against("human_approval", "a workflow approved it, and a person is asked for")
    if not policy.automation_reference and not kept.approvers:  # rule 4
        yield against("automation_reference", "nobody is named, and no reference may stand in")
    if len(set(kept.approvers)) < policy.threshold or (
        policy.named_approver and not kept.approvers
    ):  # rule 5
        words = f"{len(set(kept.approvers))} approvers are named, {policy.threshold} are asked for"
        yield against("threshold", words)
