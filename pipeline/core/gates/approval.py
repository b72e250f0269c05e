"""Gate `approval`: what goes live was approved, by who may, for exactly this evidence.

1. A stage with a live effect needs every approval stage below it to have passed, and its approvals
   still bind what is true now (`void_reasons`).
2. An approval stage whose policy asks for named approvers needs as many distinct principals as its
   threshold; one person counts once, however many bundles, keys or names there are.
3. An expired approval, or one that binds anything else than what is here, counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect
from pipeline.core.predicates.approval import Approval
from pipeline.core.statement import APPROVAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.evidence import Evidence
    from pipeline.core.gates.case import Bound, Case
    from pipeline.core.ladder import Ladder, Stage


def gate(case: Case) -> Iterable[Finding]:
    """Hold an approval stage without authority, and a rollout without a standing approval."""
    if case.stage.approval:
        yield from _authority(case)
    elif case.stage.effect is Effect.LIVE:
        yield from _standing(case)


def void_reasons(
    approval: Approval, *, case_bound: Bound, earlier: Evidence, context: str, now: str
) -> tuple[str, ...]:
    """Return why an approval no longer counts; empty means that it stands."""
    results = tuple(str(stage.digest) for stage in earlier.all)
    artifacts = {name: str(digest) for name, digest in earlier.artifacts.items()}
    compared = {
        "the run": (approval.context, context),
        "the evidence before it": (approval.stage_results, results),
        "the artifacts": ({a.name: a.digest for a in approval.artifacts}, artifacts),
        "the ladder": (approval.ladder, case_bound.ladder),
        "the policies": (approval.policies, case_bound.policies),
        "the trust": (approval.trust, case_bound.trust),
        "the live state": (approval.live_state, case_bound.live_state),
        "the rollback target": (approval.rollback_target, case_bound.rollback_target),
    }
    reasons = [f"{name} changed since" for name, (was, now_is) in compared.items() if was != now_is]
    if approval.expires_at <= now:
        reasons.append(f"it expired at {approval.expires_at}")
    if approval.issued_at > now:
        reasons.append(f"it is dated {approval.issued_at}, later than now")
    return tuple(reasons)


def before(evidence: Evidence, ladder: Ladder, stage: Stage) -> Evidence:
    """Return the evidence of the stages below one stage: what its approval is about."""
    index = ladder.index(stage)
    below = {item.id for item in ladder.stages[:index]}
    kept = tuple(item for item in evidence.stages if item.result.stage in below)
    return type(evidence)(stages=kept, imported=evidence.imported)


def counted(case: Case) -> dict[str, str]:
    """Return the approvals of the case's stage that stand: principal → digest of the bundle."""
    found: dict[str, str] = {}
    earlier = before(case.evidence, case.ladder, case.stage)
    for item in case.approvals:
        approval = Approval.from_json(item.statement.predicate)
        void = void_reasons(
            approval,
            case_bound=case.bound,
            earlier=earlier,
            context=str(case.context.digest),
            now=case.now,
        )
        if approval.stage == case.stage.id and approval.approver and not void:
            found.setdefault(item.principal, str(item.bundle_digest))
    return found


def _authority(case: Case) -> Iterable[Finding]:
    policy = case.authority
    if policy is None:
        yield Finding(
            id="approval.no_policy",
            weight=Weight.HOLDS,
            what=f"no approval authority policy names {case.context.target!r}",
            evidence=("config/policies/approval_authority.yaml",),
            command="add a policy for the target to config/policies/approval_authority.yaml",
        )
        return
    if not policy.named_approver and policy.threshold == 0:
        yield passes("approval.local_manual", f"{policy.id} accepts the local manual authority")
        return
    found = counted(case)
    needed = max(policy.threshold, 1)
    if len(found) < needed:
        yield Finding(
            id="approval.missing",
            weight=Weight.HOLDS,
            what=f"{len(found)} of {needed} named approvals stand for exactly this evidence",
            evidence=tuple(sorted(found.values())) or (policy.id,),
            command=(
                f"invoke approve --ladder {case.ladder.ladder} --stage {case.stage.alias} "
                "--reason TEXT"
            ),
        )
        return
    yield passes("approval.standing", f"{len(found)} approvals stand", *found.values())


def _standing(case: Case) -> Iterable[Finding]:
    for stage in case.ladder.stages[: case.ladder.index(case.stage)]:
        if stage.approval:
            yield from _stands(case, stage)


def _stands(case: Case, stage: Stage) -> Iterable[Finding]:
    if stage.id in case.missing:
        return  # the gate `order` holds, and says so
    passed = [item for item in case.evidence.stages if item.result.stage == stage.id]
    given = [item for entry in passed for item in entry.of(APPROVAL)]
    earlier = before(case.evidence, case.ladder, stage)
    for item in given:
        void = void_reasons(
            Approval.from_json(item.statement.predicate),
            case_bound=case.bound,
            earlier=earlier,
            context=str(case.context.digest),
            now=case.now,
        )
        if not void:
            yield passes("approval.stands", f"{stage.id} stands", str(item.bundle_digest))
            return
        yield _void(case, stage, "; ".join(void), str(item.bundle_digest))
    if not given:
        yield _void(case, stage, "there is no approval", "")


def _void(case: Case, stage: Stage, why: str, digest: str) -> Finding:
    return Finding(
        id="approval.void",
        weight=Weight.HOLDS,
        what=f"no approval of {stage.id} stands: {why}",
        evidence=(digest,) if digest else (),
        command=f"invoke promote --ladder {case.ladder.ladder} --stage {stage.alias}",
    )
