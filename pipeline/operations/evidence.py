"""Opening what stages left: every result by its journaled digest, verified, with all it names.

Rules, by number (line 5 of the model's algorithm):

1. The stage result is the one that the journal's end names, and its signature holds.
2. It is about this run, context, target, stage, attempt and begin; its phase is the ladder's.
3. Its predecessors are the results that stood when it began.
4. Every statement it lists is there, verified, of the listed type, and about artifacts of this run.
5. Every artifact, output and log it lists is in the store with the bytes it lists.
6. The verdict is the one that the journal's end has.
7. A summary of a decision (SLSA VSA) is of the decision under which the attempt began.
8. Every record is of this very attempt, and its file says what its statement says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.evidence import RUN_FILE, Evidence, StageEvidence
from pipeline.core.journal import Status
from pipeline.core.misrecorded import misrecorded
from pipeline.core.position import StageState, position, predecessors
from pipeline.core.statement import STAGE_RESULT, VSA
from pipeline.errors import UntrustedError
from pipeline.operations.believe import believe, result_of
from pipeline.operations.objects import TODO, check_object, parsed
from pipeline.operations.summarised import check_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.journal import Entry, Journal
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.core.release import Phase
    from pipeline.operations.history import Run
    from pipeline.operations.objects import Objects
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.trust import RehearsalTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where evidence is opened: a store, who is believed, the run, and the order of its stages.

    One source is one reading: a stage result or an import that it has opened is not read again.
    """

    store: Objects
    trust: RehearsalTrust
    run: Run
    order: tuple[str, ...]
    phases: Mapping[str, Phase]
    whose: str
    """How errors name what the order comes from."""
    results: dict[str, StageEvidence] = field(default_factory=dict, compare=False, repr=False)
    """The stage results that were opened from here, by digest."""
    taken: list[tuple[StageEvidence, ...]] = field(default_factory=list, compare=False, repr=False)
    """The imports, once they were opened."""

    @classmethod
    def of(cls, workspace: Workspace, run: Run, ladder: Ladder) -> Source:
        """Return the project's own store, read along a ladder."""
        return cls(
            store=workspace.store,
            trust=workspace.trust,
            run=run,
            order=tuple(stage.id for stage in ladder.stages),
            phases={stage.id: stage.phase for stage in ladder.stages},
            whose=f"the ladder {ladder.ladder}",
        )

    def result(self, digest: str, where: str) -> StageEvidence:
        """Open a stage result by digest, alone; see `open_result`."""
        if digest not in self.results:
            self.results[digest] = open_result(self.store, self.trust, digest, where=where)
        return self.results[digest]

    def below(self, stage_id: str) -> tuple[str, ...]:
        """Return the stages below one; one that is not in the order is not to be trusted."""
        if stage_id not in self.order:
            raise UntrustedError(
                f"{self.whose} has no stage {stage_id!r}, but the release has an attempt of it",
                where=self.run.where,
                todo="put the stage back into the ladder, or release a new version",
            )
        return self.order[: self.order.index(stage_id)]


def climbed(workspace: Workspace, run: Run, ladder: Ladder) -> tuple[Evidence, tuple[str, ...]]:
    """Return the verified evidence of the stages passed so far, in order, and who is missing.

    A stage that passed under another definition than the ladder has now, or on other results than
    now stand below it, is missing: it proved something else, and is to be run again.
    """
    source = Source.of(workspace, run, ladder)
    stages: list[StageEvidence] = []
    missing: list[str] = []
    for stage in ladder.stages:
        here = position(run.journal, stage.id)
        passed = here.end if here.state is StageState.PASSED and not missing else None
        item = opened(source, passed) if passed is not None else None
        if item is not None and _still(source, stage, item):
            stages.append(item)
        else:
            missing.append(stage.id)
    return Evidence(stages=tuple(stages), imported=imported(source)), tuple(missing)


def _still(source: Source, stage: Stage, item: StageEvidence) -> bool:
    """Tell whether a passed stage's result is about what the ladder and the run have now."""
    below = predecessors(source.run.journal, source.below(stage.id))
    same = item.result.stage_digest == str(stage.definition)
    return same and item.result.predecessors == below


def imported(source: Source) -> tuple[StageEvidence, ...]:
    """Return the evidence that the run has bound by importing it, verified anew."""
    if not source.taken:
        entries = source.run.journal.entries
        bound = [found for entry in entries if (found := entry.inputs.get("imports"))]
        digests = [str(digest) for digest in bound[0]] if bound else []
        source.taken.append(imported_by(source, digests))
    return source.taken[0]


def imported_by(source: Source, digests: list[str]) -> tuple[StageEvidence, ...]:
    """Return the evidence of these stage results of another run, verified anew."""
    known: dict[str, Digest] = {}
    stages = []
    for digest in digests:
        where = f"import {digest}"
        found = source.result(digest, where)
        stages.append(_complete(source, found, where, known=known))
        known |= _subjects(found)
    return tuple(stages)


def opened(source: Source, end: Entry) -> StageEvidence:
    """Open one ended attempt's result by the digest in its end, and check all six rules."""
    run = source.run
    where = f"{run.where}, {end.step_id}"
    digest = end.outputs.get("stage_result")
    if not isinstance(digest, str):
        raise UntrustedError("the journal's end names no stage result", where=where, todo=TODO)
    found = source.result(digest, where)
    begin = _begin_of(run.journal, end)
    _check_binding(source, found.result, begin, where)
    if (found.result.verdict.value == "pass") is not (end.status is Status.PASS):
        raise UntrustedError("the journal and the stage result disagree", where=where, todo=TODO)
    check_object(source.store, str(run.context.digest), f"{where}: {RUN_FILE}")
    known = _artifacts_before(source, end)
    if begin.inputs["artifacts"] != {name: str(digest) for name, digest in known.items()}:
        raise UntrustedError(
            "the attempt began with other artifacts than the stages before had made",
            where=where,
            todo=TODO,
        )
    return _complete(source, found, where, known=known)


def open_result(store: Objects, trust: RehearsalTrust, digest: str, *, where: str) -> StageEvidence:
    """Open a stage result by digest and verify it alone (rule 1)."""
    bundle = store.get(parsed(digest, where))
    believed = believe(trust, bundle, where=f"{where}: {digest}")
    if believed.statement.predicate_type != STAGE_RESULT:
        raise UntrustedError("another statement stands for a stage result", where=where, todo=TODO)
    return StageEvidence(result=result_of(believed), believed=believed, statements=())


def _begin_of(journal: Journal, end: Entry) -> Entry:
    index = journal.entries.index(end)
    return journal.entries[index - 1]


def _check_binding(source: Source, result: StageResult, begin: Entry, where: str) -> None:
    stage_id, _, number = begin.step_id.rpartition("/")
    run, below = source.run, source.below(stage_id)
    then = run.journal.upto(run.journal.entries.index(begin))
    compared = {
        "run": (result.run, run.context.run_id),
        "context": (result.context, str(run.context.digest)),
        "target": (result.target, run.context.target),
        "stage": (result.stage, stage_id),
        "phase": (result.phase, source.phases[stage_id]),
        "attempt": (result.attempt, int(number)),
        "begin": (result.begin, begin.entry_hash),
        "decision": (result.decision, begin.inputs.get("decision")),
        "predecessors": (result.predecessors, predecessors(then, below)),
        "imports": (list(result.imports), begin.inputs["imports"]),
        "stage's definition": (result.stage_digest, begin.inputs["stage"]),
    }
    wrong = [name for name, (has, wants) in compared.items() if has != wants]
    if wrong:
        raise UntrustedError(
            f"the stage result is another's: {', '.join(wrong)} do not match",
            where=where,
            todo=TODO,
        )


def _artifacts_before(source: Source, end: Entry) -> dict[str, Digest]:
    """Return the artifacts that stages before this attempt had made: name → digest."""
    run = source.run
    then = run.journal.upto(run.journal.entries.index(end))
    known: dict[str, Digest] = {}
    for item in imported(source):
        known |= _subjects(item)
    for digest in predecessors(then, source.below(end.name)):
        for name, value in _subjects(source.result(digest, run.where)).items():
            known.setdefault(name, value)
    return known


def _subjects(item: StageEvidence) -> dict[str, Digest]:
    named = {subject.name: subject.digest for subject in item.believed.statement.subjects}
    named.pop(RUN_FILE, None)
    return named


def _complete(
    source: Source,
    found: StageEvidence,
    where: str,
    *,
    known: Mapping[str, Digest],
) -> StageEvidence:
    result = found.result
    _check_subjects(found, where)
    for file in (*result.artifacts, *result.outputs, *result.logs, *result.records):
        check_object(source.store, file.digest, f"{where}: {file.path}")
    check_object(source.store, result.decision, f"{where}: decision")
    allowed = {digest.hex for digest in known.values()}
    allowed |= {digest.hex for digest in _subjects(found).values()}
    statements = []
    for listed in result.statements:
        here = f"{where}: {listed.path}"
        believed = believe(source.trust, source.store.get(Digest.parse(listed.digest)), where=here)
        statement = believed.statement
        if statement.predicate_type != listed.type:
            raise UntrustedError("a statement of another type", where=here, todo=TODO)
        strangers = [s.name for s in statement.subjects if s.digest.hex not in allowed]
        if strangers:
            raise UntrustedError(
                f"a statement about another artifact: {', '.join(strangers)}", where=here, todo=TODO
            )
        if listed.type == VSA:
            check_summary(believed, result, source.store, known, here)
        statements.append(believed)
    for wrong in misrecorded(result, statements):
        raise UntrustedError(wrong, where=where, todo=TODO)
    return StageEvidence(result=result, believed=found.believed, statements=tuple(statements))


def _check_subjects(found: StageEvidence, where: str) -> None:
    """Check that a stage result is about its context and the artifacts it lists, and no other."""
    result = found.result
    listed = {file.path.removeprefix("artifacts/"): file.digest for file in result.artifacts}
    listed[RUN_FILE] = result.context
    subjects = [(s.name, str(s.digest)) for s in found.believed.statement.subjects]
    if sorted(subjects) != sorted(listed.items()):
        raise UntrustedError(
            "the stage result is about other files than it lists", where=where, todo=TODO
        )
