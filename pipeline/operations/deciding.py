"""From what is verified, asked for and configured to a decision about one stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, digest_of
from pipeline.core.evidence import Evidence
from pipeline.core.gates import GATES, RELEASE_GATES, Bound, Case, Decision, decide
from pipeline.core.ladder import Effect
from pipeline.core.policies import TrustKind
from pipeline.core.position import StageState, position
from pipeline.core.release import Identity
from pipeline.core.statement import APPROVAL
from pipeline.edges import checkout, clock
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations import holds
from pipeline.operations.baseline import baseline_report
from pipeline.operations.believe import believe
from pipeline.operations.evidence import climbed
from pipeline.operations.history import RESTORE, find
from pipeline.operations.launching import launching
from pipeline.operations.live import live_before
from pipeline.operations.reviews import review_report
from pipeline.operations.runbooks import runbooks

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed, StageEvidence
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.launch import Launch
    from pipeline.core.position import StagePosition
    from pipeline.core.signer import SignerProof
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

    @property
    def substance(self) -> str:
        """What must be the same for a cut-off attempt to go on: the decision, but for its time."""
        return self.decision.substance


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who means to act on a decision: the number of its lease, and the proof of its signer."""

    token: int
    signer: SignerProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a decision is shown beside the run, the checkout and its configuration."""

    live: dict[str, Any]
    imports: tuple[StageEvidence, ...]
    imports_missing: str
    approvals: tuple[Believed, ...]
    hold: Believed | None
    launch: Launch
    now: str


def deciding(
    workspace: Workspace,
    run: Run,
    ladder: Ladder,
    asked_about: Stage | None,
    *,
    asked: int = UNNAMED,
    actor: Actor | None = None,
    dirty: tuple[str, ...] | None = None,
    then: Shown | None = None,
) -> Deciding:
    """Verify all earlier evidence and decide about a stage, or about the whole release.

    `asked` is the rung that was named; `actor` is who means to act; `dirty` is what
    `checkout.is_clean` just told, for who tells of many stages and acts on none. `then` is what an
    earlier decision was shown: it is decided again, on a run cut to what it was. No stage: the
    whole release is decided about, after its last stage.
    """
    whole, stage = asked_about is None, asked_about or ladder.stages[-1]
    evidence, missing = climbed(workspace, run, ladder)
    below = {item.id for item in ladder.stages[: ladder.index(stage) + whole]}
    shown = then or shown_now(workspace, run, ladder, stage, evidence, actor)
    here, given_up = position(run.journal, stage.id), run.journal.abandoned
    policies = workspace.configuration.policies.for_target(ladder.target)
    case = Case(
        context=run.context,
        ladder=ladder,
        stage=stage,
        named=asked >= ladder.index(stage),
        evidence=Evidence(
            stages=tuple(item for item in evidence.stages if item.result.stage in below),
            imported=shown.imports,
        ),
        missing=tuple(name for name in missing if name in below),
        failed=_reason(here) if here.state is StageState.FAILED else "",
        passed=str(here.result) if stage.id not in missing else "",
        abandoned=str(given_up.inputs.get("reason")) if given_up else "",
        dirty=tuple(checkout.is_clean(workspace.root)) if dirty is None else dirty,
        target=workspace.configuration.targets[ladder.target],
        policies=policies,
        trust_kind=TrustKind(workspace.trust.kind.value),
        anchored=workspace.anchored,
        approvals=shown.approvals,
        bound=bound(workspace, ladder, shown.live),
        now=shown.now,
        imports_missing=shown.imports_missing,
        hold=shown.hold,
        registry=workspace.configuration.registry,
        baseline=baseline_report(workspace, run.context.baseline_commit),
        reviews=review_report(workspace, run.context.baseline_commit, shown.now),
        journal=_head(run, stage),
        launch=shown.launch,
        runbooks=runbooks(workspace, run, policies) if whole or stage.effect is Effect.LIVE else {},
        whole=whole,
    )
    taken = tuple(str(item.digest) for item in shown.imports) if stage.imports else ()
    decision = decide(case, RELEASE_GATES if whole else GATES)
    return Deciding(decision=decision, case=case, live=shown.live, imports=taken)


def shown_now(
    workspace: Workspace,
    run: Run,
    ladder: Ladder,
    stage: Stage,
    evidence: Evidence,
    actor: Actor | None = None,
) -> Shown:
    """Return what a decision about a stage is shown at this moment."""
    imports, unavailable = resolve_imports(workspace, run, ladder, evidence)
    held = holds.newest(workspace, ladder.target)
    return Shown(
        live=live_before(workspace, run, ladder, stage, actor.token if actor else None),
        imports=imports,
        imports_missing=unavailable,
        approvals=tuple(approvals(workspace, run, stage)),
        hold=held.believed if held else None,
        launch=launching(workspace, ladder, stage, actor.signer if actor else None),
        now=clock.now(),
    )


def _head(run: Run, stage: Stage) -> str | None:
    """Return the journal's head before an attempt of the stage that was cut off, if it is open."""
    begin = run.journal.open_begin
    return begin.prev_hash if begin and begin.name == stage.id else run.journal.head


def _reason(here: StagePosition) -> str:
    return str(here.end.outputs.get("reason") or "no reason was given") if here.end else ""


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
    """Return the approvals of a stage that verify; one that does not counts for nothing.

    One that is no longer as it was signed is evidence tampered with (11): its name is its digest.
    """
    found: list[Believed] = []
    for name in workspace.store.names(f"approvals/{run.context.run}/{stage.id}/"):
        bundle = workspace.store.read(name) or b""
        if Digest.of(bundle).hex != name.rpartition("/")[2]:
            raise UntrustedError(
                "an approval was changed after it was given", where=f"store: {name}", todo=RESTORE
            )
        try:
            believed = believe(workspace.trust, bundle, where=f"store: {name}")
        except UntrustedError:
            continue
        if believed.statement.predicate_type == APPROVAL:
            found.append(believed)
    return found


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
