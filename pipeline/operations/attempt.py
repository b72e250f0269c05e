"""Running an attempt: a private folder, its steps in processes of their own, what they left.

What the envelope allows is checked after each step; configuration, trust, store and the pipeline's
own files are pinned before and after. Nothing keeps a step from breaking its envelope while it runs
(`enforced: false`): it is found afterwards, and the attempt fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pipeline
from pipeline.core.canonical import MalformedError, canonical
from pipeline.core.envelope import RESULT_FILE, violations
from pipeline.core.predicates.fields import Verdict
from pipeline.edges import process
from pipeline.edges.files import make_folder, remove_tree, write_tree
from pipeline.edges.pins import Pins
from pipeline.errors import UnreachableError
from pipeline.operations.left import Left, changed_paths, marks
from pipeline.operations.live import baseline
from pipeline.operations.step_io import STEP_VARIABLE, StepResult

if TYPE_CHECKING:
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Stage, StepSpec
    from pipeline.operations.climb import Climb
    from pipeline.operations.deciding import Deciding

UNREACHABLE = 15
"""A step's exit code for: something outside cannot be reached."""


@dataclass(kw_only=True)
class Attempt:
    """An attempt at work, and what came of its steps so far."""

    climb: Climb
    stage: Stage
    begin: Entry
    ground: Deciding
    folder: Path
    left: Left = field(default_factory=Left)
    scratch_target: Path | None = None

    @property
    def logs(self) -> Path:
        """Where the steps' output is kept."""
        return self.folder / "logs"


def run_attempt(
    climb: Climb,
    stage: Stage,
    begin: Entry,
    ground: Deciding,
    *,
    scratch_target: Path | None = None,
) -> Attempt:
    """Run the steps of one attempt in a fresh private folder (line 10)."""
    folder = climb.folder(stage, begin.attempt)
    attempt = Attempt(
        climb=climb,
        stage=stage,
        begin=begin,
        ground=ground,
        folder=folder,
        scratch_target=scratch_target,
    )
    remove_tree(folder)
    for name in ("inputs", "out", "scratch", "logs"):
        make_folder(folder / name)
    inputs = _inputs(attempt)
    pins = _pin(attempt)
    for step in stage.steps:
        _run_step(attempt, step, inputs)
        attempt.left.findings += [f"changed outside the folder: {path}" for path in pins.changed()]
        if attempt.left.verdict is Verdict.FAIL or attempt.left.findings:
            break
    if attempt.left.findings:
        attempt.left.fail("the envelope was broken: " + "; ".join(attempt.left.findings[:5]))
    return attempt


def _inputs(attempt: Attempt) -> dict[str, Any]:
    """Copy what the steps may read into the folder, hashing while copying."""
    store, case = attempt.climb.workspace.store, attempt.ground.case
    artifacts: dict[str, str] = {}
    for name, digest in sorted(case.evidence.artifacts.items()):
        path = f"inputs/artifacts/{name}"
        make_folder((attempt.folder / path).parent)
        store.copy_to(digest, attempt.folder / path)
        artifacts[name] = path
    statements, payloads = [], {}
    for item in case.evidence.all:
        for number, believed in enumerate(item.statements):
            path = f"inputs/statements/{item.result.stage}/{number:02d}.json"
            payloads[path] = believed.payload
            kind = believed.statement.predicate_type
            statements.append({"stage": item.result.stage, "type": kind, "path": path})
    write_tree(attempt.folder, payloads)
    below: dict[str, str] = {}
    found = baseline(attempt.climb.workspace, attempt.climb.ladder, attempt.ground.live)
    for name, digest in sorted(found.items()):
        path = f"inputs/baseline/{name}"
        make_folder((attempt.folder / path).parent)
        store.copy_to(digest, attempt.folder / path)
        below[name] = path
    return {
        "artifacts": artifacts,
        "statements": statements,
        "baseline": below,
        "live": attempt.ground.live,
    }


def _pin(attempt: Attempt) -> Pins:
    workspace = attempt.climb.workspace
    groups = {
        "configuration": workspace.root / "config",
        "tasks": workspace.root / "tasks.py",
        "keys": workspace.state / "keys",
        "pipeline": Path(pipeline.__file__).parent,
    }
    return Pins.take(
        workspace.root, groups, store=workspace.store, run=attempt.climb.run.context.run
    )


def _run_step(attempt: Attempt, step: StepSpec, inputs: dict[str, Any]) -> None:
    climb, folder = attempt.climb, attempt.folder
    climb.watch.step_started(step.task)
    document = folder / "step.json"
    document.write_bytes(canonical(_document(attempt, step, inputs)))
    before = marks(folder, attempt.stage.envelope)
    log = attempt.logs / attempt.left.log_name(step.task)
    outcome = process.run(
        climb.runner.command(),
        cwd=folder,
        env=process.environment(
            {
                **climb.runner.environment(),
                STEP_VARIABLE: str(document),
                "TMPDIR": str(folder / "scratch"),
            }
        ),
        log=log,
        timeout=attempt.stage.timeout,
        on_line=climb.watch.output,
    )
    if outcome.exit_code == UNREACHABLE:
        raise UnreachableError(
            f"the step {step.task} could not reach what it needs",
            where=f"{attempt.stage.id}, see {_last_lines(log)}",
            todo="call the same command again when it can be reached; nothing was counted",
        )
    result = _result(attempt, step, outcome)
    changed = changed_paths(folder, attempt.stage.envelope, before)
    attempt.left.add(step.task, outcome.exit_code, result)
    attempt.left.findings += violations(attempt.stage.envelope, changed, result.cost_usd)


def _last_lines(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else str(log)


def _result(attempt: Attempt, step: StepSpec, outcome: process.Outcome) -> StepResult:
    path = attempt.folder / RESULT_FILE
    failed = ""
    if outcome.timed_out:
        failed = f"{step.task} took longer than {attempt.stage.timeout} s"
    elif outcome.exit_code != 0:
        failed = f"{step.task} ended with exit code {outcome.exit_code}"
    result = StepResult()
    if path.exists():
        try:
            result = StepResult.from_bytes(path.read_bytes())
        except MalformedError as error:
            failed = failed or f"{step.task} left no valid result.json: {error}"
        path.unlink()
    if failed:
        why = f"{failed}: {result.reason}" if result.reason else failed
        return StepResult(verdict=Verdict.FAIL, reason=why, cost_usd=result.cost_usd)
    return result


def _document(attempt: Attempt, step: StepSpec, inputs: dict[str, Any]) -> dict[str, Any]:
    climb, case = attempt.climb, attempt.ground.case
    policies = climb.workspace.configuration.policies.for_target(climb.ladder.target)
    return {
        "task": step.task,
        "arguments": dict(step.with_),
        "stage": attempt.stage.id,
        "phase": attempt.stage.phase.value,
        "effect": attempt.stage.effect.value,
        "attempt": attempt.begin.attempt,
        "context": climb.run.context.to_dict(),
        "key": attempt.begin.inputs["key"],
        "token": climb.lease.token,
        "repository": str(climb.workspace.root),
        "state": str(climb.workspace.state),
        "scratch_target": str(attempt.scratch_target) if attempt.scratch_target else None,
        "inputs": inputs,
        "target": case.target.to_dict(),
        "policies": policies.to_dict(),
        "rehearsal": case.trust_kind.value == "rehearsal",
        "binding": binding(attempt),
    }


def binding(attempt: Attempt) -> dict[str, Any]:
    """Return what an approval given in this attempt binds."""
    case = attempt.ground.case
    return {
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
            {"principal": item.principal, "digest": str(item.bundle_digest)}
            for item in case.approvals
        ],
    }
