"""Signing what an attempt left: statements, then the stage result that lists them (line 12).

A separate process hashes the outputs again and signs; what it wrote is read back from the store
and verified before anything counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.evidence import RUN_FILE
from pipeline.core.position import predecessors
from pipeline.core.predicates.fields import File, Verdict
from pipeline.core.predicates.stage_result import StageResult, StatementRef
from pipeline.core.statement import STAGE_RESULT, Statement, Subject, slug
from pipeline.errors import StepFailedError, UntrustedError
from pipeline.operations.believe import believe
from pipeline.operations.records import Made, make_records
from pipeline.operations.summarise import signed_summary

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Stage
    from pipeline.core.predicates.outcome import Outcome
    from pipeline.operations.climb import Climb
    from pipeline.operations.deciding import Deciding


def sign_attempt(
    climb: Climb, stage: Stage, begin: Entry, ground: Deciding, outcome: Outcome
) -> tuple[Digest, StageResult]:
    """Sign an outcome; return the digest of the stage result's bundle, and what it says.

    A statement that the signer refuses makes the attempt a failure, with the refusal as its reason.
    """
    artifacts, store = {**ground.case.evidence.artifacts, **_made(outcome)}, climb.workspace.store
    files = {f"artifacts/{name}": store.local_path(digest) for name, digest in artifacts.items()}
    reason, bundles = outcome.reason, []
    try:
        statements = [
            Statement(
                predicate_type=draft.type,
                subjects=tuple(_subject(name, artifacts) for name in draft.subjects),
                predicate=draft.predicate,
            ).to_bytes()
            for draft in outcome.drafts
        ]
        bundles = climb.signer.sign(statements, files, stage.emits)
    except (StepFailedError, UntrustedError) as error:
        reason = f"{outcome.reason}; {error.what}".removeprefix("; ")
    except ValueError as error:
        reason = f"{outcome.reason}; not a statement: {error}".removeprefix("; ")
    kept = store.put_all(bundles)
    refs, own = [], []
    for number, (draft, (digest, _)) in enumerate(zip(outcome.drafts, kept, strict=False), 1):
        where = f"{stage.id}: {draft.type}"
        own.append(believe(climb.workspace.trust, store.get(digest), where=where))
        path = f"{number:02d}-{slug(draft.type)}.sigstore.json"
        refs.append(StatementRef(path=path, type=draft.type, digest=str(digest)))
    made = Made()
    if outcome.verdict is Verdict.PASS and reason == outcome.reason:
        try:
            made = make_records(climb, stage, ground, outcome, own=own, artifacts=artifacts)
        except StepFailedError as error:
            reason = error.what
    failed = outcome.verdict is Verdict.FAIL or reason != outcome.reason
    refs += made.refs
    said = _Said(
        statements=(*refs, *signed_summary(climb, begin, ground, len(refs) + 1)),
        records=made.files,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        reason=reason,
    )
    result = _result(climb, stage, begin, outcome, said)
    return _sign_result(climb, stage, result, outcome, files), result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the stage result says beside what its outcome has."""

    statements: tuple[StatementRef, ...]
    records: tuple[File, ...]
    verdict: Verdict
    reason: str


def _made(outcome: Outcome) -> dict[str, Digest]:
    return {
        file.path.removeprefix("artifacts/"): Digest.parse(file.digest)
        for file in outcome.artifacts
    }


def _subject(name: str, artifacts: dict[str, Digest]) -> Subject:
    if name not in artifacts:
        what = f"a statement names {name!r}, which is no artifact of this release"
        raise StepFailedError(what, where="result.json", todo="name files that are artifacts")
    return Subject(name=name, digest=artifacts[name])


def _result(
    climb: Climb,
    stage: Stage,
    begin: Entry,
    outcome: Outcome,
    said: _Said,
) -> StageResult:
    context = climb.run.context
    return StageResult(
        run=context.run_id,
        context=str(context.digest),
        target=context.target,
        stage=stage.id,
        stage_digest=str(stage.definition),
        phase=stage.phase,
        attempt=begin.attempt,
        begin=begin.entry_hash,
        decision=str(begin.inputs["decision"]),
        predecessors=predecessors(
            climb.run.journal,
            [item.id for item in climb.ladder.stages[: climb.ladder.index(stage)]],
        ),
        imports=tuple(begin.inputs["imports"]),
        verdict=said.verdict,
        reason=said.reason,
        steps=outcome.steps,
        artifacts=outcome.artifacts,
        outputs=outcome.outputs,
        logs=outcome.logs,
        records=said.records,
        statements=said.statements,
        envelope=outcome.envelope,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
    )


def _sign_result(
    climb: Climb, stage: Stage, result: StageResult, outcome: Outcome, files: dict[str, Path]
) -> Digest:
    store, context = climb.workspace.store, climb.run.context
    run_file = store.put(context.to_bytes())
    listed = {item.path: item.digest for item in (*result.artifacts, *result.outputs)}
    listed |= {item.path: item.digest for item in (*result.logs, *result.records)}
    listed |= {item.path: item.digest for item in result.statements}
    hashed = {path: store.local_path(Digest.parse(digest)) for path, digest in listed.items()}
    hashed |= files | {RUN_FILE: store.local_path(run_file)}
    statement = Statement(
        predicate_type=STAGE_RESULT,
        subjects=(
            Subject(name=RUN_FILE, digest=run_file),
            *(Subject(name=name, digest=digest) for name, digest in _made(outcome).items()),
        ),
        predicate=result.to_dict(),
    )
    payload = statement.to_bytes()
    bundle = climb.signer.sign([payload], hashed, {STAGE_RESULT})[0]
    digest = store.put(bundle)
    believed = believe(climb.workspace.trust, store.get(digest), where=f"{stage.id}: its result")
    if believed.payload != payload:
        raise UntrustedError(
            "the signer signed something else than it was given",
            where=stage.id,
            todo="do not trust this machine's pipeline; compare it with a release of it",
        )
    return digest
