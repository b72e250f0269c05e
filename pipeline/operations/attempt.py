"""Running an attempt: a private folder, its steps in processes of their own, what they left.

What the envelope allows is checked after each step, and so is what was pinned: configuration,
tasks, keys and the pipeline's own files when the climb began, the store when the stage began.
Nothing keeps a step from breaking its envelope while it runs (`enforced: false`): it is found
afterwards, and the attempt fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import MalformedError, canonical
from pipeline.core.envelope import violations
from pipeline.core.gates.approval import counted
from pipeline.core.ladder import Effect
from pipeline.core.policies import TrustKind
from pipeline.core.predicates.fields import Verdict
from pipeline.edges import process
from pipeline.edges.files import disk_errors, remove_tree, write_private
from pipeline.edges.pins import Pins
from pipeline.edges.trigger import trigger
from pipeline.operations.left import (
    Left,
    changed_paths,
    last_said,
    marks,
    no_verdict,
    taken_result,
)
from pipeline.operations.live import baseline
from pipeline.operations.pinned import pin, touched
from pipeline.operations.step_io import STEP_VARIABLE, StepResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.core.canonical import Digest
    from pipeline.core.evidence import Evidence
    from pipeline.core.gates import Case
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder, Stage, StepSpec
    from pipeline.core.release import RunContext
    from pipeline.edges.store import Store
    from pipeline.errors import EnvironmentFailedError, HeldError, UnreachableError
    from pipeline.operations.climb import Climb, StepRunner, Watch
    from pipeline.operations.deciding import Deciding
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What it takes to run a stage's steps, for whoever asks: a new attempt or a recorded one.

    Nothing here signs, and nothing is written but below `folder` (and `scratch_target`).
    """

    workspace: Workspace
    ladder: Ladder
    stage: Stage
    context: RunContext
    begin: Entry
    """The attempt's begin: its number, key and start."""
    token: int
    folder: Path
    """The private folder; what lies there is removed first."""
    store: Store
    """Where the inputs are read from."""
    evidence: Evidence
    """The verified evidence of the stages before."""
    live: dict[str, Any]
    baseline: Mapping[str, Digest]
    """The artifacts of the release that is live on the target."""
    binding: dict[str, Any]
    """What an approval given in this attempt binds."""
    rehearsal: bool
    runner: StepRunner
    watch: Watch
    scratch_target: Path | None = None
    """A folder of local state in which targets stand that are thrown away afterwards."""
    pins: Pins | None = None
    """What was pinned when the climb began; else it is pinned when the job begins."""


@dataclass(kw_only=True)
class Attempt:
    """An attempt at work, and what came of its steps so far."""

    job: Job
    left: Left = field(default_factory=Left)

    @property
    def folder(self) -> Path:
        """The private folder."""
        return self.job.folder

    @property
    def logs(self) -> Path:
        """Where the steps' output is kept."""
        return self.job.folder / "logs"


def run_attempt(climb: Climb, stage: Stage, begin: Entry, ground: Deciding) -> Attempt:
    """Run the steps of one attempt of a climb in a fresh private folder (line 10)."""
    workspace = climb.workspace
    job = Job(
        workspace=workspace,
        ladder=climb.ladder,
        stage=stage,
        context=climb.run.context,
        begin=begin,
        token=climb.token,
        folder=climb.folder(stage, begin.attempt),
        store=workspace.store,
        evidence=ground.case.evidence,
        live=ground.live,
        baseline=baseline(workspace, climb.ladder, ground.live),
        binding=binding(ground.case),
        rehearsal=ground.case.trust_kind is TrustKind.REHEARSAL,
        runner=climb.runner,
        watch=climb.watch,
        pins=climb.pins,
    )
    return run_job(job)


def run_job(job: Job) -> Attempt:
    """Run a stage's steps in a fresh private folder; what they left is for the caller to judge."""
    attempt = Attempt(job=job)
    remove_tree(job.folder)
    with disk_errors(job.folder):
        for name in ("inputs", "out", "scratch", "logs"):
            (job.folder / name).mkdir(parents=True)
    inputs = _inputs(job)
    root, store, run = job.workspace.root, job.workspace.store, job.context.run
    pins = (job.pins or pin(job.workspace), Pins.take(root, {}, store=store, run=run))
    for step in job.stage.steps:
        outage = _run_step(attempt, step, inputs)
        attempt.left.findings += touched(pins, attempt.left.findings)
        if outage is not None and not attempt.left.findings:
            raise outage
        if attempt.left.verdict is Verdict.FAIL or attempt.left.findings:
            break
    if attempt.left.findings:
        attempt.left.fail("the envelope was broken: " + "; ".join(attempt.left.findings[:5]))
    return attempt


def _inputs(job: Job) -> dict[str, Any]:
    """Copy what the steps may read into the folder, hashing while copying."""
    statements, payloads = [], {}
    for item in job.evidence.all:
        for number, believed in enumerate(item.statements):
            path = f"inputs/statements/{item.result.stage}/{number:02d}.json"
            payloads[path] = believed.payload
            kind = believed.statement.predicate_type
            statements.append({"stage": item.result.stage, "type": kind, "path": path})
    write_private(job.folder, payloads)
    return {
        "artifacts": _copied(job, job.evidence.artifacts, "artifacts"),
        "statements": statements,
        "baseline": _copied(job, job.baseline, "baseline"),
        "live": job.live,
    }


def _copied(job: Job, files: Mapping[str, Digest], kind: str) -> dict[str, str]:
    paths: dict[str, str] = {}
    for name, digest in sorted(files.items()):
        paths[name] = f"inputs/{kind}/{name}"
        with disk_errors(job.folder):
            (job.folder / paths[name]).parent.mkdir(parents=True, exist_ok=True)
        job.store.copy_to(digest, job.folder / paths[name])
    return paths


def _run_step(
    attempt: Attempt, step: StepSpec, inputs: dict[str, Any]
) -> HeldError | UnreachableError | EnvironmentFailedError | None:
    """Run one step; return what makes its end no verdict, unless it broke its envelope."""
    job, folder = attempt.job, attempt.folder
    job.watch.step_started(step.task)
    document = folder / "step.json"
    with disk_errors(document):
        document.write_bytes(canonical(_document(job, step, inputs)))
        before = marks(folder, job.stage.envelope)
    log = attempt.logs / attempt.left.log_name(step.task)
    outcome = process.run(
        job.runner.command(),
        cwd=folder,
        env=process.environment(
            {
                **job.runner.environment(),
                STEP_VARIABLE: str(document),
                "TMPDIR": str(folder / "scratch"),
            },
            named=_contract(job),
        ),
        log=log,
        timeout=job.stage.timeout,
        on_line=job.watch.output,
    )
    result = _result(attempt, step, outcome, log)
    attempt.left.add(step.task, outcome.exit_code, result)
    try:
        changed = changed_paths(folder, job.stage.envelope, before)
    except OSError as error:
        attempt.left.findings.append(f"the private folder cannot be read: {error.strerror}")
        return None
    attempt.left.findings += violations(job.stage.envelope, changed, result.cost_usd)
    return no_verdict(step.task, outcome.exit_code, folder, log)


def _contract(job: Job) -> tuple[str, ...]:
    """Return the variables that steps with an effect hand on to the target's service."""
    if job.stage.effect is Effect.NONE:
        return ()
    target = job.workspace.configuration.targets[job.ladder.target]
    return tuple(variable.name for variable in target.environment)


def _result(attempt: Attempt, step: StepSpec, outcome: process.Outcome, log: Path) -> StepResult:
    """Return what a step said of itself; a failure without a reason has the log's last words."""
    failed = ""
    if outcome.timed_out:
        failed = f"{step.task} took longer than {attempt.job.stage.timeout} s"
    elif outcome.exit_code != 0:
        failed = f"{step.task} ended with exit code {outcome.exit_code}"
    result = StepResult()
    try:
        result = taken_result(attempt.folder)
    except MalformedError as error:
        failed = failed or f"{step.task} left no valid result.json: {error}"
    if failed:
        ended = outcome.timed_out or outcome.exit_code != 0
        why = result.reason or (last_said(log) if ended else "")
        why = f"{failed}: {why}" if why else failed
        return StepResult(verdict=Verdict.FAIL, reason=why, cost_usd=result.cost_usd)
    if result.verdict is Verdict.FAIL and not result.reason:
        why = f"{step.task} said fail and gave no reason; the last that it printed: "
        return replace(result, reason=why + last_said(log))
    return result


def _document(job: Job, step: StepSpec, inputs: dict[str, Any]) -> dict[str, Any]:
    configuration = job.workspace.configuration
    return {
        "task": step.task,
        "arguments": dict(step.with_),
        "stage": job.stage.id,
        "phase": job.stage.phase.value,
        "effect": job.stage.effect.value,
        "attempt": job.begin.attempt,
        "context": job.context.to_dict(),
        "key": job.begin.inputs["key"],
        "token": job.token,
        "repository": str(job.workspace.root),
        "state": str(job.workspace.state),
        "scratch_target": str(job.scratch_target) if job.scratch_target else None,
        "inputs": inputs,
        "target": configuration.targets[job.ladder.target].to_dict(),
        "policies": configuration.policies.for_target(job.ladder.target).to_dict(),
        "rehearsal": job.rehearsal,
        "binding": job.binding,
    }


def binding(case: Case) -> dict[str, Any]:
    """Return what an approval given in an attempt binds, and who set the promotion going."""
    return {
        "authority": trigger().to_dict(),
        "stage_results": [str(item.digest) for item in case.evidence.all],
        "artifacts": [
            {"name": name, "digest": str(digest)}
            for name, digest in sorted(case.evidence.artifacts.items())
        ],
        "context": str(case.context.digest),
        "ladder": case.bound.ladder,
        "policies": case.bound.policies,
        "trust": case.bound.trust,
        "live_state": case.bound.live_state,
        "rollback_target": case.bound.rollback_target,
        "approvals": [
            {"principal": principal, "digest": digest}
            for principal, digest in sorted(counted(case).items())
        ],
    }
