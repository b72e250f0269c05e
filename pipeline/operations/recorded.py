"""Checking everything that the store and the evidence folders have of a run.

Rules beside those of `history` (context, journal, heads) and `evidence` (each ended attempt):

1. Every attempt that ended has its decision and its kept outcome in the store, and the outcome's
   files are those that the stage result lists.
2. The version's claim is this run's and names the artifacts that its stage made.
3. Every seal's HASH_MANIFEST is in the store.
4. Each phase's folder is there and is exactly as its newest seal says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError, load_canonical
from pipeline.core.journal import Status
from pipeline.core.position import position
from pipeline.core.predicates.fields import Verdict
from pipeline.errors import UntrustedError
from pipeline.operations import phase
from pipeline.operations.evidence import TODO, Source, opened
from pipeline.operations.keep import kept

if TYPE_CHECKING:
    from pipeline.core.evidence import StageEvidence
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much was verified."""

    stages: dict[str, str]
    """Stage id → where it stands: passed, failed, retry, open, not_begun."""
    attempts: int
    statements: int
    files: int
    seals: int
    folders: tuple[str, ...]


def check_run(workspace: Workspace, run: Run, ladder: Ladder) -> Counted:
    """Verify everything recorded of a run; the first thing that is wrong raises (11)."""
    source = Source.of(workspace, run, ladder)
    attempts: list[StageEvidence] = []
    for entry in run.journal.entries:
        if entry.status is Status.BEGIN:
            _check_decision(source, entry)
        elif entry.outputs.get("stage_result"):
            attempts.append(opened(source, entry))
            _check_outcome(workspace, source, entry, attempts[-1])
    _check_claim(workspace, source, attempts)
    for seal in run.seals:
        workspace.store.get(seal.manifest)
    folders = []
    for each in ladder.phases():
        folder = phase.folder_of(workspace, run, each)
        if run.sealed(each) is None:
            continue
        if phase.inspect(workspace, run, ladder, each) is not None:
            raise UntrustedError(
                f"the {each.value} evidence folder is missing or not up to date",
                where=str(folder.relative_to(workspace.root)),
                todo=f"`invoke promote --ladder {ladder.ladder}` rebuilds it from the store",
            )
        folders.append(str(folder.relative_to(workspace.root)))
    files = [f for item in attempts for f in (*item.result.artifacts, *item.result.outputs)]
    return Counted(
        stages={s.id: position(run.journal, s.id).state.value for s in ladder.stages},
        attempts=len(attempts),
        statements=len(attempts) + sum(len(item.statements) for item in attempts),
        files=len(files) + sum(len(item.result.logs) for item in attempts),
        seals=len(run.seals),
        folders=tuple(folders),
    )


def _check_decision(source: Source, begin: Entry) -> None:
    where = f"{source.run.where}, {begin.step_id}: its decision"
    try:
        source.store.get(Digest.parse(str(begin.inputs.get("decision"))))
    except MalformedError as error:
        raise UntrustedError(str(error), where=where, todo=TODO) from error


def _check_outcome(workspace: Workspace, source: Source, end: Entry, item: StageEvidence) -> None:
    index = source.run.journal.entries.index(end)
    begin = source.run.journal.entries[index - 1]
    where = f"{source.run.where}, {end.step_id}: what its steps left"
    outcome = kept(workspace.store, source.run.context, begin)
    if outcome is None:
        raise UntrustedError("the outcome of an attempt is missing", where=where, todo=TODO)
    result = item.result
    listed = (result.artifacts, result.outputs, result.logs, result.steps)
    if listed != (outcome.artifacts, outcome.outputs, outcome.logs, outcome.steps):
        raise UntrustedError("the outcome and the signed result differ", where=where, todo=TODO)


def _check_claim(workspace: Workspace, source: Source, attempts: list[StageEvidence]) -> None:
    context = source.run.context
    name = context.identity.claim_name
    makers = [
        item.result
        for item in attempts
        if item.result.verdict is Verdict.PASS and item.result.artifacts
    ]
    claimed = workspace.store.read(name)
    if not makers:
        return
    first = makers[0]
    wants = {file.path: file.digest for file in first.artifacts}
    try:
        claim = load_canonical(claimed or b"")
        same = (claim["run"], claim["stage"], claim["artifacts"], claim["commit"])
    except (MalformedError, KeyError, TypeError) as error:
        raise UntrustedError(
            "the version's claim is missing or unreadable", where=name, todo=TODO
        ) from error
    if same != (context.run_id, first.stage, wants, context.baseline_commit):
        raise UntrustedError("the version's claim is not this run's", where=name, todo=TODO)
