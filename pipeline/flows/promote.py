"""promote(target, release, stage): climbs the ladder one rung at a time.

The fifteen numbered lines are those of the design's model, in its order. The journal's `end` is the
commit point: before it nothing counts, after it nothing is redone.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.journal import Status
from pipeline.core.ladder import Effect
from pipeline.core.position import StageState, position
from pipeline.core.predicates.fields import Verdict
from pipeline.edges import checkout, clock
from pipeline.edges.drivers import Observation
from pipeline.errors import (
    ConflictError,
    EnvironmentFailedError,
    HeldError,
    InterruptedByUserError,
    StepFailedError,
    UnreachableError,
    counted,
)
from pipeline.operations import history, holds, live, phase
from pipeline.operations.attempt import run_attempt
from pipeline.operations.climb import Climb
from pipeline.operations.deciding import UNNAMED, Actor, deciding
from pipeline.operations.evidence import climbed
from pipeline.operations.identify import identify
from pipeline.operations.keep import claim
from pipeline.operations.left import log_names
from pipeline.operations.outcomes import keep, kept
from pipeline.operations.publish import publish
from pipeline.operations.record import sign_attempt
from pipeline.operations.releasing import refuse_held
from pipeline.operations.signer_boundary import open_signer
from pipeline.operations.standing import standing
from pipeline.operations.tidy import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.canonical import Digest
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.predicates.outcome import Outcome
    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.operations.climb import StepRunner, Watch
    from pipeline.operations.deciding import Deciding
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What was asked for: a ladder, a release, and the rung to climb to; `None` is the default."""

    ladder: str | None = None
    release: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """What a promote did: which release, on which ladder, and which stages it passed itself."""

    run: history.Run
    ladder: Ladder
    did: tuple[str, ...]
    url: str | None
    """Where the target answers, when this climb passed a stage that changes what is live."""
    uncommitted: tuple[str, ...]
    """What differs from the commit, when nothing was to do: it is in no release yet."""

    def notes(self) -> list[str]:
        """Return what a person wants to know besides, a line each."""
        told = []
        if self.url is not None:
            target = self.ladder.target
            stop = f"invoke target.stop --target {target}"
            told.append(f"Live on {target}: {self.url} (stop it: {stop})")
        if self.uncommitted:
            count = len(self.uncommitted)
            what, which = counted(count, "uncommitted change"), self.uncommitted[0]
            verb = "is" if count == 1 else "are"
            told.append(f"{what} ({which}) {verb} not in this release")
        return told


def promote(workspace: Workspace, ask: Ask, runner: StepRunner, watch: Watch) -> Climbed:
    """Climb up to the rung asked for, or the next one. See the module for what is raised when."""
    ladder = workspace.ladder(ask.ladder)  # 1
    asked = UNNAMED if ask.stage is None else ladder.index(workspace.stage(ladder, ask.stage))
    identity = identify(workspace, ladder, ask.release)
    with (
        workspace.lease(history.run_lease(identity)) as lease,  # 2 and 15
        open_signer(workspace) as signer,
    ):
        run = history.find_or_begin(workspace, identity, ladder)  # 3
        climb = Climb(
            workspace=workspace,
            ladder=ladder,
            run=run,
            lease=lease,
            signer=signer,
            runner=runner,
            watch=watch,
            asked=asked,
        )
        tidy(climb)
        for stage in _rungs(climb):  # 4
            _climb(climb, stage)
        if climb.did:
            publish(workspace, ladder, identity)
        refuse_held(climb)
        return _climbed(climb)


def _climbed(climb: Climb) -> Climbed:
    ladder, root = climb.ladder, climb.workspace.root
    went_live = any(ladder.stage(name).effect is Effect.LIVE for name in climb.did)
    return Climbed(
        run=climb.run,
        ladder=ladder,
        did=tuple(climb.did),
        url=live.url(climb.workspace, ladder) if went_live else None,
        uncommitted=() if climb.did else tuple(checkout.is_clean(root)),
    )


def _rungs(climb: Climb) -> Iterator[Stage]:
    """Yield the stages up to the one asked for; without one, up to the first that is not passed."""
    if climb.asked != UNNAMED:
        yield from climb.ladder.stages[: climb.asked + 1]
        return
    _, missing = climbed(climb.workspace, climb.run, climb.ladder)
    for stage in climb.ladder.stages:
        yield stage
        if stage.id in missing:
            return


def _climb(climb: Climb, stage: Stage) -> None:
    """Bring one stage to its end, or say why not."""
    _, missing = climbed(climb.workspace, climb.run, climb.ladder)  # 5
    here = position(climb.run.journal, stage.id)
    if stage.id not in missing and standing(climb, stage):  # 6
        _seal(climb, stage)
        return
    if here.state is StageState.FAILED:
        said = here.end.outputs.get("reason") if here.end else None
        why = f" ({said})" if said else ""
        raise _failed(
            climb, stage, f"it failed before{why}, and a failure stays with its artifacts"
        )
    while True:
        with nullcontext() if stage.effect is Effect.NONE else climb.on_target():
            ground = _proceed(climb, stage)  # 7
            begin, outcome = _resume(climb, stage, ground)  # 8 and 9
            status, result = _attempt(climb, stage, begin, ground, outcome)  # 10 to 13
        if status is Status.RETRY:
            continue
        _seal(climb, stage)  # 14
        if status is Status.FAIL:
            raise _failed(climb, stage, result.reason)
        return


def _proceed(climb: Climb, stage: Stage) -> Deciding:
    """Decide about a stage (line 7); a hold names every finding against it."""
    ground = deciding(
        climb.workspace,
        climb.run,
        climb.ladder,
        stage,
        asked=climb.asked,
        actor=Actor(token=climb.token, signer=climb.signer.prove()),
    )
    if ground.decision.verdict.value != "PROCEED":
        holds = ground.decision.holds
        raise HeldError(
            f"{stage.id} is held: " + "; ".join(finding.what for finding in holds),
            where=f"{climb.run.where}, ladder {climb.ladder.ladder}",
            todo="; ".join(dict.fromkeys(f.command for f in holds if f.command))
            or f"invoke why --ladder {climb.ladder.ladder} --stage {stage.alias}",
        )
    return ground


def _resume(climb: Climb, stage: Stage, ground: Deciding) -> tuple[Entry, Outcome | None]:
    """Take up an attempt that was cut off, or begin one (lines 8 and 9)."""
    here = position(climb.run.journal, stage.id)
    begin = climb.run.journal.open_begin
    if begin is None or here.begin is not begin:
        return climb.begin(stage, ground), None
    if begin.inputs["bound"] != ground.substance:
        climb.retry(begin, "the decision that it began under has changed")
        return climb.begin(stage, ground), None
    if live.observe(climb.workspace, climb.run, climb.ladder, stage, climb.token) is (
        Observation.UNKNOWN
    ):
        raise StepFailedError(
            f"nobody can tell what the cut-off {stage.id} left on {climb.ladder.target}",
            where=climb.run.where,
            todo=f"look at it (`invoke target.show --target {climb.ladder.target}`), "
            "then `invoke abandon` this release",
        )
    return begin, kept(climb.workspace, climb.run.context, begin)


def _attempt(
    climb: Climb, stage: Stage, begin: Entry, ground: Deciding, outcome: Outcome | None
) -> tuple[Status, StageResult]:
    """Run, keep, sign and end one attempt (lines 10 to 13); what is no verdict ends as retry."""
    watch, stopwatch = climb.watch, clock.stopwatch()
    watch.stage_started(
        stage.id, stage.alias, climb.ladder.index(stage) + 1, len(climb.ladder.stages)
    )
    try:
        if outcome is None:
            holds.refuse(climb.workspace, climb.ladder.target)  # 10
            outcome = keep(climb, run_attempt(climb, stage, begin, ground))  # 10 and 11
        claim(climb.workspace.store, climb.run.context, stage, begin, outcome)
        digest, result = sign_attempt(climb, stage, begin, ground, outcome)  # 12
        status = _verdict(climb, stage, result)
        climb.end(begin, status, _said(digest, result, status))  # 13
    except KeyboardInterrupt as error:
        cut = climb.retry(begin, "interrupted")
        when = "is not counted" if cut else "had ended and stands"
        raise InterruptedByUserError(
            f"interrupted: {stage.id} {when}",
            where=climb.run.where,
            todo="call the same command again to go on",
        ) from error
    except (HeldError, UnreachableError, ConflictError, EnvironmentFailedError) as error:
        with suppress(EnvironmentFailedError):  # what stays open is taken up by the next run
            climb.retry(begin, error.what)
        raise
    watch.stage_finished(status.value, stopwatch(), result.reason)
    if status is Status.PASS:
        climb.did.append(stage.id)
    return status, result


def _verdict(climb: Climb, stage: Stage, result: StageResult) -> Status:
    """Return how the attempt ends: a failure with retries left is a retry."""
    if result.verdict is Verdict.PASS:
        return Status.PASS
    failures = position(climb.run.journal, stage.id).failures
    return Status.RETRY if failures < stage.retries else Status.FAIL


def _said(digest: Digest, result: StageResult, status: Status) -> dict[str, Any]:
    said: dict[str, Any] = {"stage_result": str(digest), "reason": result.reason[:500]}
    return said | ({"counted": True} if status is Status.RETRY else {})


def _failed(climb: Climb, stage: Stage, reason: str) -> StepFailedError:
    """Bring the target back and seal what failed (line 6 and 13), then say so."""
    back = live.bring_back(climb.workspace, climb.run, climb.ladder)
    _seal(climb, stage)
    folder = phase.folder_of(climb.workspace, climb.run, stage.phase)
    logs = folder / stage.id / "logs"
    names = log_names([step.task for step in stage.steps])
    written = [logs / name for name in names if (logs / name).is_file()]
    log = (written or [logs])[-1].relative_to(climb.workspace.root)
    return StepFailedError(
        f"{stage.id} failed: {reason}" + (f"; {back}" if back else ""),
        where=f"{climb.run.where}; see {log}",
        todo="mend it and commit: each commit is a new version; then `invoke promote` (or give "
        "this one up: `invoke abandon --reason TEXT`)",
    )


def _seal(climb: Climb, stage: Stage) -> None:
    """Rebuild and seal the stage's phase folder (line 14)."""
    climb.run = phase.seal_phase(
        climb.workspace, climb.run, climb.ladder, stage.phase, climb.signer
    )
