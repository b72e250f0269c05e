"""Whether the records that a stage result lists are of that very attempt.

Rules:

1. Every record statement has its file, `records/FAMILY.json`, and every such file its statement.
2. The file is the canonical JSON of the statement's predicate.
3. The record's head is the stage result's: run, context, target, stage and phase.
4. A record's file name is its family, and its id is made of set, phase and policy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.core.canonical import digest_of
from pipeline.core.records.read import records_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.evidence import Believed
    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.core.records.record import Record

FOLDER = "records/"
MATRIX = f"{FOLDER}compatibility.json"
"""The compatibility matrix that a promotion record names."""


def record_path(family: str) -> str:
    """Return where a family's record lies in its stage's folder."""
    return f"{FOLDER}{family}.json"


def misrecorded(result: StageResult, statements: Iterable[Believed]) -> Iterator[str]:
    """Yield what is wrong with an attempt's records, in words."""
    files = {file.path: file.digest for file in result.records}
    wanted: set[str] = set()
    for said in records_of(statements):
        path = record_path(said.family.value)
        wanted.add(path)
        if files.get(path) != _digest(said.record):  # rules 1 and 2
            yield f"{path} is not what its statement says"
        yield from _of_another(said.record, said.family.value, result)
    for path in sorted(files.keys() - wanted - {MATRIX}):  # rule 1
        yield f"{path} has no statement"
    if len(files) != len(result.records):
        yield "a record's file is listed twice"


@lru_cache(maxsize=1024)  # equal records have equal digests, and are asked for at every reading
def _digest(record: Record) -> str:
    return str(digest_of(record.to_dict()))


def _of_another(record: Record, family: str, result: StageResult) -> Iterator[str]:
    """Check rules 3 and 4."""
    compared = {
        "family": (record.family, family),
        "run": (record.run, result.run),
        "context": (record.context, result.context),
        "target": (record.deployment_stage, result.target),
        "stage": (record.stage, result.stage),
        "phase": (record.phase, result.phase),
        "id": (
            record.record_id,
            f"{record.artifact_set_id}__{record.phase.value}__{record.policy}",
        ),
    }
    wrong = [name for name, (has, wants) in compared.items() if has != wants]
    if wrong:
        yield f"the {family} record is another's: {', '.join(wrong)} do not match"
