"""The target as promote sees it: what is live there, and bringing it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.config import Driver as DriverName
from pipeline.core.ladder import Effect
from pipeline.core.position import StageState, position
from pipeline.core.predicates.deployment import LiveState
from pipeline.edges.drivers import EMPTY, Observation, open_target
from pipeline.errors import UntrustedError
from pipeline.operations.evidence import climbed
from pipeline.operations.history import find
from pipeline.operations.identify import contexts

if TYPE_CHECKING:
    from pipeline.core.journal import Journal
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


def live_state(workspace: Workspace, ladder: Ladder) -> dict[str, Any]:
    """Return what is live on a ladder's target; on a target without a driver nothing ever is."""
    target = workspace.configuration.targets[ladder.target]
    if target.driver is DriverName.NONE:
        return EMPTY.to_dict()
    return open_target(workspace.state, target).state().to_dict()


def live_before(
    workspace: Workspace, run: Run, ladder: Ladder, stage: Stage, token: int | None
) -> dict[str, Any]:
    """Return the target's state that a decision about a stage is about.

    An attempt that was cut off after its effect is decided on the state before that effect.
    """
    here = position(run.journal, stage.id)
    cut_off = here.state in {StageState.OPEN, StageState.RETRY}
    before = here.begin.inputs.get("live") if here.begin and cut_off else None
    if stage.effect is Effect.LIVE and isinstance(before, dict):
        observed = (
            Observation.APPLIED if token is None else observe(workspace, run, ladder, stage, token)
        )
        if observed is Observation.APPLIED:
            return before
    return live_state(workspace, ladder)


def observe(
    workspace: Workspace, run: Run, ladder: Ladder, stage: Stage, token: int
) -> Observation:
    """Tell what became of the effect of a stage's newest attempt (line 8)."""
    here = position(run.journal, stage.id)
    target = workspace.configuration.targets[ladder.target]
    if stage.effect is not Effect.LIVE or here.begin is None or target.driver is DriverName.NONE:
        return Observation.ABSENT
    return open_target(workspace.state, target).observe(str(here.begin.inputs["key"]), token)


def baseline(workspace: Workspace, ladder: Ladder, live: dict[str, Any]) -> dict[str, Digest]:
    """Return the artifacts of the release that is live: name → digest; empty when nothing is.

    A live artifact that no run of this store made cannot be compared with: it is not to be trusted.
    """
    wanted = live["artifact"]
    if live["empty"] or not isinstance(wanted, str):
        return {}
    for context in contexts(workspace):
        if context.target != ladder.target or context.version != live["version"]:
            continue
        run = find(workspace, context.identity)
        if run is None or context.ladder not in workspace.configuration.ladders:
            continue
        evidence, _ = climbed(workspace, run, workspace.ladder(context.ladder))
        if Digest.parse(wanted) in evidence.artifacts.values():
            return evidence.artifacts
    raise UntrustedError(
        f"what is live on {ladder.target} ({wanted}) was made by no run in this store",
        where=f"target {ladder.target}",
        todo=f"bring the store that released it, or stop the target: "
        f"`invoke target.stop --target {ladder.target}`",
    )


def state_before(journal: Journal, ladder: Ladder) -> dict[str, Any] | None:
    """Return the target's state before this run first touched it; `None` if it never did."""
    for stage in ladder.stages:
        here = position(journal, stage.id)
        if stage.effect is Effect.LIVE and here.state is not StageState.NOT_BEGUN:
            first = journal.of(stage.id)[0]
            before = first.inputs.get("live")
            return before if isinstance(before, dict) else None
    return None


def target_lease(ladder: Ladder) -> str:
    """Return the name of the lease that is held while something acts on a ladder's target."""
    return f"targets/{ladder.target}"


def url(workspace: Workspace, ladder: Ladder) -> str | None:
    """Return where what is live on a ladder's target answers; `None` where nothing does."""
    target = workspace.configuration.targets[ladder.target]
    if target.driver is DriverName.NONE:
        return None
    found: str | None = open_target(workspace.state, target).show()["url"]
    return found


def brought(workspace: Workspace, run: Run, ladder: Ladder) -> LiveState | None:
    """Return the state that the target had before what this run brought; `None`: it is not live.

    A release that went live since is none of this run's.
    """
    before = state_before(run.journal, ladder)
    if before is None:
        return None
    now = live_state(workspace, ladder)
    mine = now != before and now["version"] == run.context.version
    return LiveState.from_json(before) if mine else None


def called(state: LiveState) -> str:
    """Return what is served in a state, in words."""
    return "nothing" if state.empty else f"version {state.version}"


def bring_back(workspace: Workspace, run: Run, ladder: Ladder) -> str:
    """Bring the target back to its state before this run; return what was done, if anything.

    Only what this run brought is taken away. Takes the target's lease; held by another release it
    is `ConflictError`.
    """
    if state_before(run.journal, ladder) is None:
        return ""
    with workspace.lease(target_lease(ladder)) as lease:
        before = brought(workspace, run, ladder)
        if before is None:
            return ""
        target = workspace.configuration.targets[ladder.target]
        open_target(workspace.state, target).restore(before, token=lease.token)
    return f"{ladder.target} was brought back: {called(before)} is live"
