"""Running a recorded stage's steps again: recorded inputs, a fresh folder, no signer, no store.

1. Inputs are those of then: verified evidence, artifacts, the target's state, the baseline. The
   steps' task, arguments and envelope are today's; where they differ from the recorded ones, that
   is a difference (`stage_digest`).
2. Whatever a step does to a target, it does to a scratch target: `step.json` names its folder as
   `scratch_target`. A stage with a live effect is run again only where its ladder says
   `reproduce: scratch`: that promises that its steps obey it.
3. On a scratch target the stages with a live effect below it are run first, so that what was live
   is live there.
4. What was left is read as promote reads it, types that the stage may not sign included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.equality import differences, stage_substance
from pipeline.core.ladder import Effect, Reproduce
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import Statement, Subject, slug
from pipeline.edges import clock
from pipeline.edges.hashing import sha256_file
from pipeline.edges.trigger import trigger
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations.attempt import Job, run_job
from pipeline.operations.keep import outcome_of
from pipeline.operations.live import baseline
from pipeline.operations.reproduction.again import SIDES, Again, target_folder
from pipeline.operations.reproduction.record import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.core.ladder import Stage
    from pipeline.core.predicates.outcome import Outcome
    from pipeline.operations.reproduction.again import Task
    from pipeline.operations.reproduction.record import Recorded

TOKEN = 1
"""The lease number on a scratch target, where nobody else is."""


def rerun(task: Task) -> Again:
    """Run the stage's steps again and compare what they left; see the module's rules."""
    if task.stage.effect is Effect.LIVE and task.stage.reproduce is not Reproduce.SCRATCH:
        raise UntrustedError(  # rule 2
            f"{task.stage.id} changes a live target, so it is not run again for a comparison",
            where=f"config/ladders/{task.ladder.ladder}.yaml",
            todo="say `reproduce: scratch` there if its steps obey `scratch_target`",
        )
    notes = list(_changed_inputs(task))
    done = []
    if task.stage.reproduce is Reproduce.SCRATCH:
        for below in _live_below(task):  # rule 3
            earlier = recorded(task.recorded.source, task.recorded.store, below.id)
            wrong, _ = _compare(task, below, earlier, notes)
            done.append(f"{below.id} was run on the scratch target first")
            if wrong:
                words = [f"{below.id} on the scratch target: {text}" for text in wrong]
                return Again(done=tuple(done), differences=tuple(words), notes=tuple(notes))
    wrong, outcome = _compare(task, task.stage, task.recorded, notes)
    done.append(_told(outcome))
    return Again(done=tuple(done), differences=tuple(wrong), notes=tuple(dict.fromkeys(notes)))


def _live_below(task: Task) -> list[Stage]:
    below = task.ladder.stages[: task.ladder.index(task.stage)]
    return [stage for stage in below if stage.effect is Effect.LIVE]


def _compare(
    task: Task, stage: Stage, record: Recorded, notes: list[str]
) -> tuple[list[str], Outcome]:
    job = _job(task, stage, record, notes)
    number = task.ladder.index(stage) + 1
    task.watch.stage_started(stage.id, stage.alias, number, len(task.ladder.stages))
    elapsed = clock.stopwatch()
    outcome = outcome_of(run_job(job), _hashed)
    task.watch.stage_finished(outcome.verdict.value, elapsed(), outcome.reason)
    again = reproduced(stage, record, outcome)
    return list(differences(record.substance, again, sides=SIDES)), outcome


def _job(task: Task, stage: Stage, record: Recorded, notes: list[str]) -> Job:
    workspace, source = task.workspace, record.source
    below: dict[str, Digest] = {}
    try:
        below = baseline(workspace, task.ladder, record.live)
        if record.store is not workspace.store:
            record.store.put_all([workspace.store.local_path(digest) for digest in below.values()])
    except LadderError as error:
        notes.append(f"the baseline of then cannot be had: {error.what}")
    return Job(
        workspace=workspace,
        ladder=task.ladder,
        stage=stage,
        context=source.run.context,
        begin=record.begin,
        token=TOKEN,
        folder=task.scratch / "work" / stage.id,
        store=record.store,
        evidence=record.before,
        live=record.live,
        baseline=below,
        binding=_binding(record),
        rehearsal=workspace.trust.kind.value == "rehearsal",
        runner=task.runner,
        watch=task.watch,
        scratch_target=target_folder(task.scratch),
    )


def _binding(record: Recorded) -> dict[str, Any]:
    """Return what an approval of the recorded attempt bound (see `attempt.binding`)."""
    decided, live = record.decided, record.live
    return {
        "authority": trigger().to_dict(),
        "stage_results": [str(item.digest) for item in record.before.all],
        "artifacts": [
            {"name": name, "digest": str(digest)}
            for name, digest in sorted(record.before.artifacts.items())
        ],
        "context": str(record.source.run.context.digest),
        "ladder": decided["ladder"],
        "policies": decided["policies"],
        "trust": decided["trust"],
        "live_state": decided["live_state"],
        "rollback_target": None if live["empty"] else decided["live_state"],
        "approvals": [],
    }


def reproduced(stage: Stage, record: Recorded, outcome: Outcome) -> dict[str, Any]:
    """Return the substance of an attempt made again, in the form that the recorded one has."""
    artifacts = dict(record.before.artifacts)
    for file in outcome.artifacts:
        artifacts[file.path.removeprefix("artifacts/")] = Digest.parse(file.digest)
    statements: list[Statement] = []
    verdict = outcome.verdict
    for draft in outcome.drafts:  # rule 4: what the signer refuses fails the attempt, all of it
        if draft.type not in stage.emits or not set(draft.subjects) <= set(artifacts):
            statements, verdict = [], Verdict.FAIL
            break
        subjects = tuple(Subject(name=name, digest=artifacts[name]) for name in draft.subjects)
        made = Statement(
            predicate_type=draft.type, subjects=subjects, predicate=dict(draft.predicate)
        )
        statements.append(made)
    then = record.evidence.result
    result = {
        **{name: then.to_dict()[name] for name in ("run", "target", "stage", "phase", "attempt")},
        "stage_digest": str(stage.definition),
        "verdict": verdict.value,
        **outcome.model_dump(
            mode="json", include={"steps", "artifacts", "outputs", "logs", "envelope"}
        ),
        "statements": [
            {"path": f"{number:02d}-{slug(item.predicate_type)}.sigstore.json"}
            | {"type": item.predicate_type}
            for number, item in enumerate(statements, 1)
        ],
    }
    return stage_substance(result, statements)


def _hashed(paths: Sequence[Path]) -> list[tuple[Digest, int]]:
    return [(sha256_file(path), path.stat().st_size) for path in paths]


def _changed_inputs(task: Task) -> list[str]:
    """Say which inputs that the steps read from the project are not those of then."""
    then = task.recorded.decided
    now = {
        "ladder": str(task.ladder.digest),
        "policies": str(task.workspace.configuration.policies.digest),
    }
    return [
        f"the {name} changed since; the steps are run under today's"
        for name, digest in now.items()
        if then.get(name) != digest
    ]


def _told(outcome: Outcome) -> str:
    codes = ", ".join(f"{step.task} exit {step.exit_code}" for step in outcome.steps)
    counts = f"{len(outcome.artifacts)} artifacts, {len(outcome.drafts)} statements"
    return f"run again: {codes}; {outcome.verdict.value}, {counts}"
