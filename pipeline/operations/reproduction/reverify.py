"""Verifying signatures and approvals again, from disk; nothing is run and nothing is signed.

1. Every statement of the attempt is opened again by digest, its signature verified, its subjects
   found among the artifacts. That was done when the record was opened; here it is said.
2. An approval binds what the decision of then saw: run, stage, target, commit, evidence, artifacts,
   ladder, policies, trust, live state, rollback target; and it was valid while the stage ran.
3. The text that its approver was shown comes out again, byte for byte, and is among the outputs.
4. The signed approvals that the decision counted are still there and still verify.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.gates import Bound
from pipeline.core.gates.approval import void_reasons
from pipeline.core.predicates.approval import Approval
from pipeline.core.statement import APPROVAL, slug
from pipeline.operations.deciding import approvals
from pipeline.operations.reproduction.again import Again
from pipeline.operations.shown import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.operations.reproduction.again import Task
    from pipeline.operations.reproduction.record import Recorded


def reverify(task: Task) -> Again:
    """Verify a recorded stage's statements again."""
    record = task.recorded
    done = [
        f"{slug(item.statement.predicate_type)}: signature of {item.principal} verified again"
        for item in (record.evidence.believed, *record.evidence.statements)
    ]
    wrong: list[str] = []
    for item in record.evidence.of(APPROVAL):
        given = Approval.from_json(item.statement.predicate)
        wrong += [f"approval: {text}" for text in approval_faults(record, given)]
    notes: list[str] = []
    if task.stage.approval:
        counted, note = _counted(task)
        wrong += counted
        notes += note
        if not any(record.evidence.of(APPROVAL)):
            wrong.append("approval: the stage passes by approval, and none is recorded")
    return Again(done=tuple(done), differences=tuple(wrong), notes=tuple(notes))


def approval_faults(record: Recorded, given: Approval) -> Iterator[str]:
    """Yield in what an approval differs from what it must bind (rules 2 and 3)."""
    context, result, decided = record.source.run.context, record.evidence.result, record.decided
    live = decided["live_state"]
    bound = Bound(
        ladder=decided["ladder"],
        policies=decided["policies"],
        trust=decided["trust"],
        live_state=live,
        rollback_target=None if record.live["empty"] else live,
    )
    yield from void_reasons(
        given,
        case_bound=bound,
        earlier=record.before,
        context=str(context.digest),
        now=result.finished_at,
    )
    compared = {
        "run": (given.run, context.run_id),
        "stage": (given.stage, result.stage),
        "target": (given.target, context.target),
        "channel": (given.channel, context.channel),
        "commit": (given.commit, context.baseline_commit),
    }
    for name, (has, wants) in compared.items():
        if has != wants:
            yield f"{name}: {has}, {wants}"
    text = str(Digest.of(shown_text(context, given.to_dict()).encode()))
    if given.shown != text:
        yield f"shown: {given.shown}, {text}"
    if given.shown not in {file.digest for file in result.outputs}:
        yield "the text that was shown is not among the outputs"


def _counted(task: Task) -> tuple[list[str], list[str]]:
    """Look at the signed approvals that the decision counted (rule 4)."""
    wanted = set(task.recorded.decided.get("approvals", []))
    if not wanted:
        return [], []
    if task.recorded.store is not task.workspace.store:
        return [], ["the signed approvals that were counted lie in the store of the release"]
    there = approvals(task.workspace, task.recorded.source.run, task.stage)
    missing = sorted(wanted - {str(item.bundle_digest) for item in there})
    return [f"approvals: {digest}, missing or no longer trusted" for digest in missing], []
