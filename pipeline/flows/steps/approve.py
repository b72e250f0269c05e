"""The approval step: records the authority under which exactly this evidence goes on.

Where policy asks for named approvers, the gate has counted their signed approvals before this step
runs, and the record lists them. Else the authority is what set the promotion going: the person or
the workflow that a platform names, or `local_manual`: somebody named the stage on the command line,
and nobody is claimed to have signed. A kind that the policy does not accept is held.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.policies import ApprovalAuthorityPolicy, AuthorityKind
from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.fields import Artifact
from pipeline.core.statement import APPROVAL
from pipeline.errors import HeldError
from pipeline.operations.shown import shown_text
from pipeline.operations.step_io import StepResult, StepStatement

if TYPE_CHECKING:
    from pipeline.operations.step_io import Step

NAMED_APPROVER = AuthorityKind.NAMED_APPROVER
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def record(step: Step) -> None:
    """Leave an approval that binds all evidence before it; ask for a policy that allows it."""
    given = step.policies.get("approval_authority")
    if given is None:
        raise HeldError(
            f"no approval authority policy names {step.context.target!r}",
            where="config/policies/approval_authority.yaml",
            todo="add a policy for the target; an empty policy denies",
        )
    policy = ApprovalAuthorityPolicy.from_json(given)
    binding = step.document["binding"]
    text = shown_text(step.context, binding)
    (step.out / "shown.txt").write_text(text, "utf-8")
    approval = _approval(step, policy, binding, text)
    step.log(text)
    step.log(f"authority: {approval.authority_kind}; approver: {approval.approver or 'none'}")
    subjects = tuple(item["name"] for item in binding["artifacts"])
    statement = StepStatement(type=APPROVAL, subjects=subjects, predicate=approval.to_dict())
    step.finish(StepResult(statements=(statement,)))


def _approval(
    step: Step, policy: ApprovalAuthorityPolicy, binding: dict[str, Any], text: str
) -> Approval:
    named = sorted({item["principal"] for item in binding["approvals"]})
    needs_names = policy.named_approver or policy.threshold > 0
    kind = NAMED_APPROVER if needs_names else AuthorityKind(binding["authority"]["kind"])
    if kind not in policy.kinds:
        accepted = ", ".join(policy.kinds)
        raise HeldError(
            f"the authority is {kind.value}, and {policy.id} accepts {accepted}",
            where="config/policies/approval_authority.yaml",
            todo="promote it in the way that the policy accepts, or change the policy",
        )
    now = datetime.now(UTC)
    return Approval(
        run=step.context.run_id,
        context=binding["context"],
        stage=step.document["stage"],
        target=step.context.target,
        channel=step.context.channel,
        commit=step.context.baseline_commit,
        stage_results=tuple(binding["stage_results"]),
        artifacts=tuple(Artifact(**item) for item in binding["artifacts"]),
        ladder=binding["ladder"],
        policies=binding["policies"],
        trust=binding["trust"],
        live_state=binding["live_state"],
        rollback_target=binding["rollback_target"],
        shown=str(Digest.of(text.encode())),
        authority_kind=kind.value,
        approver=", ".join(named) if needs_names else None,
        reference=binding["authority"]["reference"],
        reason="the stage was named on the command line",
        nonce=secrets.token_hex(16),
        issued_at=now.strftime(_FORM),
        expires_at=(now + timedelta(seconds=policy.expires)).strftime(_FORM),
    )
