"""Checking everything that the store and the evidence folders have of a run.

Rules beside those of `history` (context, journal, heads) and `evidence` (each ended attempt):

1. Every begun attempt has its decision in the store: for this stage of this run, to proceed, and
   every approval that it counted is there as it was given. The target's holds still have the one
   that it read.
2. Every attempt that ended has its kept outcome, and the stage result says of it what it said.
3. The version's claim is this run's and names the artifacts that its stage made.
4. Every stage that passed or failed was sealed before anything else began, and every seal's
   HASH_MANIFEST is in the store. What ended last may have been cut off before its seal.
5. What was smoked is what was deployed: both statements measured the same installation.
6. Each phase's folder is there and is exactly as its newest seal says; beside them is nothing.

Promote checks the first five (`check_facts`) before it goes on; folders it rebuilds.
What the store has under names that no entry of the journal leads to is no evidence: a killed
promote leaves such, and nothing of it is ever read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError, load_canonical
from pipeline.core.deployed import unlike
from pipeline.core.journal import Status
from pipeline.core.position import StageState, position
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import DEPLOYMENT, OF_THE_PIPELINE, SMOKE
from pipeline.errors import UntrustedError
from pipeline.operations import holds, phase
from pipeline.operations.believe import believe
from pipeline.operations.beside import check_beside
from pipeline.operations.evidence import Source, climbed, opened
from pipeline.operations.objects import TODO
from pipeline.operations.outcomes import kept

if TYPE_CHECKING:
    from pipeline.core.evidence import StageEvidence
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


_TAKEN_OVER = (
    "artifacts",
    "outputs",
    "logs",
    "steps",
    "envelope",
    "started_at",
    "finished_at",
)
"""What a stage result takes over from the outcome as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much was verified."""

    stages: dict[str, str]
    """Stage id → passed, outdated (by another definition), failed, retry, open, not_begun."""
    attempts: int
    statements: int
    files: int
    seals: int
    folders: tuple[str, ...]


def check_run(workspace: Workspace, run: Run, ladder: Ladder) -> Counted:
    """Verify everything recorded of a run; the first thing that is wrong raises (11)."""
    attempts = check_facts(workspace, run, ladder)
    check_beside(workspace, run)
    folders = []
    for each in ladder.phases():
        folder = phase.folder_of(workspace, run, each)
        if phase.inspect(workspace, run, ladder, each) is None:
            folders.append(str(folder.relative_to(workspace.root)))
        elif phase.ended(run, ladder, each):
            raise UntrustedError(
                f"the {each.value} evidence folder is missing or not up to date",
                where=str(folder.relative_to(workspace.root)),
                todo=f"`invoke promote --ladder {ladder.ladder}` rebuilds it from the store",
            )
    files = [f for item in attempts for f in (*item.result.artifacts, *item.result.outputs)]
    return Counted(
        stages=_states(workspace, run, ladder),
        attempts=len(attempts),
        statements=len(attempts) + sum(len(item.statements) for item in attempts),
        files=len(files) + sum(len(item.result.logs) for item in attempts),
        seals=len(run.seals),
        folders=tuple(folders),
    )


def check_facts(workspace: Workspace, run: Run, ladder: Ladder) -> list[StageEvidence]:
    """Verify what the store has of a run (rules 1 to 5), and return every ended attempt."""
    source = Source.of(workspace, run, ladder)
    attempts: list[StageEvidence] = []
    for entry in run.journal.entries:
        if entry.status is Status.BEGIN:
            _check_decision(workspace, source, entry)
        elif entry.outputs.get("stage_result"):
            attempts.append(opened(source, entry))
            _check_outcome(workspace, source, entry, attempts[-1])
    _check_claim(workspace, source, attempts)
    _check_seals(workspace, run, ladder)
    _check_smoke(run, attempts)
    return attempts


def _check_smoke(run: Run, attempts: list[StageEvidence]) -> None:
    passed = [item for item in attempts if item.result.verdict is Verdict.PASS]
    deployments = [said for item in passed for said in item.of(DEPLOYMENT)]
    for item in passed:
        for smoke in item.of(SMOKE):
            if other := unlike(smoke, deployments):
                raise UntrustedError(
                    other,
                    where=f"{run.where}, {item.result.stage}",
                    todo="the installation was changed in between; deploy and check a new version",
                )


def _check_seals(workspace: Workspace, run: Run, ladder: Ladder) -> None:
    for seal in run.seals:
        workspace.store.get(seal.manifest)
    sealed = {seal.said.journal.entries for seal in run.seals}
    approving = {stage.id for stage in ladder.stages if stage.approval}
    for count, (entry, after) in enumerate(pairwise(run.journal.entries), 1):
        ended = entry.status in {Status.PASS, Status.FAIL} and after.status is Status.BEGIN
        # an approval that was cut off before its seal may have become void, and is asked for anew
        if ended and count not in sealed and entry.name not in approving:
            raise UntrustedError(
                f"the seal of {entry.step_id} is missing",
                where=f"store: seals/{run.context.run}/",
                todo=TODO,
            )


def _check_decision(workspace: Workspace, source: Source, begin: Entry) -> None:
    run = source.run
    where = f"{run.where}, {begin.step_id}: its decision"
    try:
        decision = load_canonical(source.store.get(Digest.parse(begin.inputs["decision"])))
        said = (decision["run"], decision["stage"], decision["verdict"])
        counted = [Digest.parse(digest) for digest in decision["inputs"]["approvals"]]
        held = decision["inputs"].get("hold")
    except (MalformedError, KeyError, TypeError, AttributeError) as error:
        raise UntrustedError(f"unreadable: {error}", where=where, todo=TODO) from error
    if said != (run.context.run_id, begin.name, "PROCEED"):
        raise UntrustedError("the decision is another's", where=where, todo=TODO)
    if held is not None and held not in _holds(workspace, source):
        raise UntrustedError(
            f"a hold of {run.context.target}, or the lift of one, that a decision read is gone",
            where=f"store: holds/{run.context.target}/",
            todo=TODO,
        )
    for digest in counted:
        name = f"approvals/{run.context.run}/{begin.name}/{digest.hex}"
        bundle = workspace.store.read(name)
        if bundle is None or Digest.of(bundle) != digest:
            raise UntrustedError(
                f"an approval that was counted is {'changed' if bundle else 'missing'}",
                where=f"store: {name}",
                todo=TODO,
            )
        believe(workspace.trust, bundle, where=f"store: {name}")


def _holds(workspace: Workspace, source: Source) -> list[str]:
    bundles = holds.links(workspace, source.run.context.target)
    return [str(Digest.of(bundle)) for bundle in bundles]


def _check_outcome(workspace: Workspace, source: Source, end: Entry, item: StageEvidence) -> None:
    index = source.run.journal.entries.index(end)
    begin = source.run.journal.entries[index - 1]
    where = f"{source.run.where}, {end.step_id}: what its steps left"
    outcome = kept(workspace, source.run.context, begin)
    if outcome is None:
        raise UntrustedError("the outcome of an attempt is missing", where=where, todo=TODO)
    result = item.result
    wrong = [name for name in _TAKEN_OVER if getattr(outcome, name) != getattr(result, name)]
    types = [draft.type for draft in outcome.drafts]
    signed = [s.type for s in result.statements if s.type not in OF_THE_PIPELINE]
    if types == signed:
        agreed = (outcome.verdict, outcome.reason) == (result.verdict, result.reason)
    else:  # the signer refused to sign what the steps had left, and said why
        refused = result.verdict is Verdict.FAIL and not signed
        agreed = refused and result.reason.startswith(outcome.reason)
    if wrong or not agreed:
        what = ", ".join(wrong) or "verdict, statements"
        raise UntrustedError(
            f"the outcome and the signed result differ: {what}", where=where, todo=TODO
        )


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
    try:
        claim = load_canonical(claimed or b"")
        key = claim["key"]
    except (MalformedError, KeyError, TypeError) as error:
        raise UntrustedError(
            "the version's claim is missing or unreadable", where=name, todo=TODO
        ) from error
    begun = [entry.inputs["key"] for entry in _begins(source, first.stage)]
    mine = {
        "run": context.run_id,
        "commit": context.baseline_commit,
        "stage": first.stage,
        "key": key,
        "artifacts": {file.path: file.digest for file in first.artifacts},
    }
    if claim != mine or key not in begun:
        raise UntrustedError("the version's claim is not this run's", where=name, todo=TODO)


def _begins(source: Source, stage: str) -> list[Entry]:
    return [entry for entry in source.run.journal.of(stage) if entry.status is Status.BEGIN]


def _states(workspace: Workspace, run: Run, ladder: Ladder) -> dict[str, str]:
    """Return where each stage stands; one that proved another definition has not passed."""
    _, missing = climbed(workspace, run, ladder)
    words = {}
    for stage in ladder.stages:
        state = position(run.journal, stage.id).state
        outdated = state is StageState.PASSED and stage.id in missing
        words[stage.id] = "outdated" if outdated else state.value
    return words
