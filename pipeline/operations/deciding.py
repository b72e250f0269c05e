"""From what is verified, asked for and configured to a decision about one stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import digest_of
from pipeline.core.evidence import Evidence
from pipeline.core.gates import Bound, Case, Decision, decide
from pipeline.core.ladder import Effect
from pipeline.core.policies import TrustKind
from pipeline.core.position import StageState, position
from pipeline.core.release import Identity
from pipeline.core.statement import APPROVAL
from pipeline.edges import clock, git
from pipeline.edges.drivers import Observation, driver_for
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations.evidence import climbed
from pipeline.operations.history import find
from pipeline.operations.believe import believe

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed, StageEvidence
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.edges.drivers import Driver
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace

UNNAMED = -1
"""The rung that was asked for when `--stage` was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A decision, and the live state and imports that it rests on."""

    decision: Decision
    case: Case
    live: dict[str, Any]
    imports: tuple[str, ...]


def deciding(
    workspace: Workspace, run: Run, ladder: Ladder, stage: Stage, *, asked: int = UNNAMED
) -> Deciding:
    """Verify all earlier evidence and decide about a stage; `asked` is the rung that was named."""
    evidence, missing = climbed(workspace, run, ladder)
    index = ladder.index(stage)
    below = {item.id for item in ladder.stages[:index]}
    imports, unavailable = resolve_imports(workspace, run, ladder, evidence)
    live = live_state(workspace, run, ladder, stage)
    case = Case(
        context=run.context,
        ladder=ladder,
        stage=stage,
        named=asked >= index,
        evidence=Evidence(
            stages=tuple(item for item in evidence.stages if item.result.stage in below),
            imported=imports,
        ),
        missing=tuple(name for name in missing if name in below),
        dirty=tuple(git.is_clean(workspace.root)),
        target=workspace.configuration.targets[ladder.target],
        promotion=workspace.configuration.policies.promotion.for_target(ladder.target),
        verification=workspace.configuration.policies.verification.for_target(ladder.target),
        authority=workspace.configuration.policies.approval_authority.for_target(ladder.target),
        trust_kind=TrustKind(workspace.trust.kind.value),
        anchored=False,
        approvals=tuple(approvals(workspace, run, stage)),
        bound=bound(workspace, ladder, live),
        now=clock.now(),
        imports_missing=unavailable,
    )
    taken = tuple(str(item.digest) for item in imports) if stage.imports else ()
    return Deciding(decision=decide(case), case=case, live=live, imports=taken)


def bound(workspace: Workspace, ladder: Ladder, live: dict[str, Any]) -> Bound:
    """Return the digests that decisions and approvals bind, as they are now."""
    state = str(digest_of(live))
    return Bound(
        ladder=str(ladder.digest),
        policies=str(workspace.configuration.policies.digest),
        trust=str(workspace.trust.digest),
        live_state=state,
        rollback_target=None if live["empty"] else state,
    )


def approvals(workspace: Workspace, run: Run, stage: Stage) -> list[Believed]:
    """Return the approvals of a stage that verify; one that does not counts for nothing."""
    found: list[Believed] = []
    for name in workspace.store.names(f"approvals/{run.context.run}/{stage.id}/"):
        bundle = workspace.store.read(name) or b""
        try:
            believed = believe(workspace.trust, bundle, where=f"store: {name}")
        except UntrustedError:
            continue
        if believed.statement.predicate_type == APPROVAL:
            found.append(believed)
    return found


def driver(workspace: Workspace, ladder: Ladder) -> Driver:
    """Return the driver of a ladder's target."""
    return driver_for(workspace.configuration.targets[ladder.target], workspace.state)


def live_state(workspace: Workspace, run: Run, ladder: Ladder, stage: Stage) -> dict[str, Any]:
    """Return the target's state that a decision about a stage is about.

    An attempt that was cut off after its effect is decided on the state before that effect.
    """
    here = position(run.journal, stage.id)
    begun = here.begin if here.state in {StageState.OPEN, StageState.RETRY} else None
    at = driver(workspace, ladder)
    if stage.effect is Effect.LIVE and begun is not None:
        before = begun.inputs.get("live")
        if isinstance(before, dict) and at.observe(str(begun.inputs["key"])) is Observation.APPLIED:
            return before
    return at.state()


def resolve_imports(
    workspace: Workspace, run: Run, ladder: Ladder, evidence: Evidence
) -> tuple[tuple[StageEvidence, ...], str]:
    """Return the evidence that a ladder imports, or why it cannot be had."""
    wanted = next((stage.imports for stage in ladder.stages if stage.imports), None)
    if wanted is None or evidence.imported:
        return evidence.imported, ""
    other = workspace.ladder(wanted.ladder)
    identity = Identity(
        target=other.target,
        channel=other.channel,
        gate=other.gate,
        version=run.context.version,
        commit=run.context.baseline_commit,
    )
    try:
        source = find(workspace, identity)
        if source is None:
            return (), f"{run.context.version} was never begun on the ladder {other.ladder}"
        found, _ = climbed(workspace, source, other)
    except LadderError as error:
        return (), error.what
    upto = other.index(wanted.stage) + 1
    if len(found.stages) < upto:
        return (), f"{other.ladder} has not passed {wanted.stage} yet"
    return found.stages[:upto], ""
