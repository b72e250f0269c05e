"""Judging again from recorded samples, by the recorded rule: the same bytes, or a difference.

1. Every statement of a type in `JUDGES` is judged again from the samples that it names by digest,
   as the attempt's outputs have them; its predicate must come out byte for byte.
2. The attempt passed if and only if every verdict is PASS.
3. An attempt without such a statement was not reproduced: there is nothing to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.canary.record import rejudge as judge_canary
from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.equality import differences
from pipeline.core.predicates.fields import Verdict
from pipeline.operations.reproduction.again import SIDES, Again

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.core.evidence import Believed
    from pipeline.operations.reproduction.again import Task
    from pipeline.operations.reproduction.record import Recorded

JUDGES: dict[str, Callable[[dict[str, Any], bytes], dict[str, Any]]] = {
    statement.CANARY: lambda predicate, samples: judge_canary(predicate, samples).to_dict(),
}
"""Predicate type → recorded predicate and samples to the predicate judged anew.

Such a predicate names its samples as `samples` (`sha256:HEX`) and its verdict as `verdict`.
"""


def rejudge(task: Task) -> Again:
    """Judge a recorded stage again; nothing is run."""
    record = task.recorded
    found = [item for item in record.evidence.statements if _type(item) in JUDGES]
    wrong: list[str] = []
    done: list[str] = []
    for item in found:
        told, differs = _judge(record, item)  # rule 1
        done.append(told)
        wrong += differs
    if not found:  # rule 3
        wrong.append("statements: there is none that can be judged again")
    verdicts = {item.statement.predicate.get("verdict") for item in found}
    passes = Verdict.PASS if verdicts == {"PASS"} else Verdict.FAIL
    if found and record.evidence.result.verdict is not passes:  # rule 2
        wrong.append(f"verdict: {record.evidence.result.verdict.value}, {passes.value}")
    return Again(done=tuple(done), differences=tuple(wrong))


def _type(item: Believed) -> str:
    return item.statement.predicate_type


def _judge(record: Recorded, item: Believed) -> tuple[str, list[str]]:
    predicate, name = item.statement.predicate, statement.slug(_type(item))
    result = record.evidence.result
    files = {file.digest: file.path for file in (*result.outputs, *result.artifacts)}
    wanted = str(predicate.get("samples"))
    if wanted not in files:
        return f"{name}: not judged", [f"{name}.samples: {wanted}, not among the recorded outputs"]
    samples = record.store.get(Digest.parse(wanted))
    try:
        again = JUDGES[_type(item)](predicate, samples)
    except MalformedError as error:
        return f"{name}: not judged", [f"{name}: cannot be judged again: {error}"]
    wrong = [f"{name}.{text}" for text in differences(predicate, again, sides=SIDES)]
    if not wrong and canonical(again) != canonical(predicate):
        wrong = [f"{name}: the bytes differ"]
    return f"{name}: {files[wanted]} judged again, {again['verdict']}", wrong
