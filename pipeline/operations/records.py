"""Making a passing attempt's records: computed from verified evidence, signed, read back.

No step makes a record: what a stage declares under `records` is made here, after the statements of
the attempt were signed and verified, and before its stage result lists all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, canonical
from pipeline.core.compatibility import matrix
from pipeline.core.evidence import Evidence
from pipeline.core.families import RecordFamily
from pipeline.core.misrecorded import MATRIX, record_path
from pipeline.core.policies import TrustKind
from pipeline.core.predicates.fields import File
from pipeline.core.predicates.stage_result import StatementRef
from pipeline.core.records.emit import declared, make
from pipeline.core.records.ground import Ground
from pipeline.core.records.read import records_of
from pipeline.core.statement import Statement, Subject, record_type, slug
from pipeline.errors import StepFailedError
from pipeline.operations.believe import believe
from pipeline.operations.runbooks import runbooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.core.evidence import Believed
    from pipeline.core.ladder import Stage
    from pipeline.core.predicates.outcome import Outcome
    from pipeline.core.records.record import Record
    from pipeline.operations.climb import Climb
    from pipeline.operations.deciding import Deciding


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made: the signed statements, as a stage result lists them, and the files."""

    refs: tuple[StatementRef, ...] = ()
    files: tuple[File, ...] = ()


def make_records(
    climb: Climb,
    stage: Stage,
    ground: Deciding,
    outcome: Outcome,
    *,
    own: Sequence[Believed],
    artifacts: dict[str, Digest],
) -> Made:
    """Make, sign and keep the records that a stage declares; none when it declares none.

    `HeldError` when a declared policy is not there; `StepFailedError` without any artifact, which
    a record would be about.
    """
    if not stage.records:
        return Made()
    if not artifacts:
        raise StepFailedError(
            "there is no artifact that a record could be about",
            where=f"{stage.id}: records",
            todo="declare records on a stage after one that leaves artifacts",
        )
    given, found = _ground(climb, stage, ground, outcome, tuple(own), artifacts)
    refs: list[StatementRef] = []
    files = [found]
    for family in declared(stage):
        record = make(given, family)
        ref = _sign(climb, given, family, record, len(own) + len(refs) + 1)
        refs.append(ref)
        digest, size = climb.workspace.store.put_all([canonical(record.to_dict())])[0]
        files.append(File(path=record_path(family.value), digest=str(digest), size=size))
    return Made(refs=tuple(refs), files=tuple(files))


def _ground(
    climb: Climb,
    stage: Stage,
    ground: Deciding,
    outcome: Outcome,
    own: tuple[Believed, ...],
    artifacts: dict[str, Digest],
) -> tuple[Ground, File]:
    """Return what the records are made from, and the compatibility matrix as a file."""
    case, workspace = ground.case, climb.workspace
    policies = workspace.configuration.policies
    mine = policies.for_target(climb.ladder.target)
    table = matrix(case.evidence, own=own, stage=stage.id, made=artifacts)
    digest, size = workspace.store.put_all([table.to_bytes()])[0]
    earlier = Evidence(stages=case.evidence.stages)
    said = [
        said
        for item in earlier.stages
        for said in records_of(item.statements)
        if item.result.phase is stage.phase
    ]
    given = Ground(
        context=climb.run.context,
        ladder=climb.ladder,
        stage=stage,
        target=case.target,
        policies=mine,
        snapshot=str(policies.digest),
        evidence=case.evidence,
        own=own,
        artifacts=artifacts,
        live=ground.live,
        runbooks=runbooks(workspace, climb.run, mine),
        matrix=digest,
        exceptions=ground.decision.exceptions_used,
        signer=climb.signer.prove(),
        rooted=case.trust_kind is TrustKind.ROOTED,
        now=outcome.finished_at,
        records=said,
    )
    return given, File(path=MATRIX, digest=str(digest), size=size)


def _sign(
    climb: Climb, given: Ground, family: RecordFamily, record: Record, number: int
) -> StatementRef:
    """Sign a record, keep it, read it back, and let later records of the attempt refer to it."""
    store, kind = climb.workspace.store, record_type(family)
    statement = Statement(
        predicate_type=kind,
        subjects=tuple(
            Subject(name=name, digest=digest) for name, digest in sorted(given.artifacts.items())
        ),
        predicate=record.to_dict(),
    )
    files = {name: store.local_path(digest) for name, digest in given.artifacts.items()}
    bundle = climb.signer.sign([statement.to_bytes()], files, {kind})[0]
    digest = store.put(bundle)
    where = f"{given.stage.id}: the {family.value} record"
    believed = believe(climb.workspace.trust, store.get(digest), where=where)
    given.records.extend(records_of([believed]))
    path = f"{number:02d}-{slug(kind)}.sigstore.json"
    return StatementRef(path=path, type=kind, digest=str(digest))
