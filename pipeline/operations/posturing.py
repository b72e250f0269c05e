"""A ladder's posture as it stands in the store: verified, decided, told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.core import posture
from pipeline.core.gates import Finding, Verdict, Weight
from pipeline.core.gates.hold import finding_of
from pipeline.core.journal import Journal
from pipeline.core.position import position
from pipeline.core.posture import Standing
from pipeline.core.release import RunContext
from pipeline.edges import checkout
from pipeline.operations import holds, phase
from pipeline.operations.adopted_phases import adopted_phases
from pipeline.operations.deciding import deciding, resolve_imports
from pipeline.operations.details import detail_of
from pipeline.operations.evidence import climbed
from pipeline.operations.history import Run, find, run_lease
from pipeline.operations.identify import identify
from pipeline.operations.phase import folder_of
from pipeline.operations.releasing import releasing

if TYPE_CHECKING:
    from pipeline.core.gates import Decision
    from pipeline.core.ladder import Ladder
    from pipeline.core.release import Identity
    from pipeline.operations.workspace import Workspace


NEVER = "1970-01-01T00:00:00Z"
"""When a run began that never did: decisions about it can be made again later, byte for byte."""


def the_run(workspace: Workspace, ladder: Ladder, release: str | None) -> Run:
    """Return a release's run, or the one that would be begun: with an empty journal."""
    return run_of(workspace, ladder, identify(workspace, ladder, release))


def same_release(ladder: Ladder, identity: Identity) -> Identity:
    """Return what a release of one ladder is called on another."""
    return replace(identity, target=ladder.target, channel=ladder.channel, gate=ladder.gate)


def run_of(workspace: Workspace, ladder: Ladder, identity: Identity) -> Run:
    """Return the run of an identity, or the one that would be begun."""
    return find(workspace, identity) or unbegun(ladder, identity)


def unbegun(ladder: Ladder, identity: Identity) -> Run:
    """Return the run of an identity as it is before it begins: the same at any time."""
    context = RunContext.begin(identity, ladder=ladder.ladder, audit=uuid.UUID(int=0), now=NEVER)
    return Run(context=context, journal=Journal(), seals=())


def standing_of(workspace: Workspace, ladder: Ladder, run: Run) -> Standing:
    """Verify a run's evidence and decide about every stage that has not passed."""
    evidence, missing = climbed(workspace, run, ladder)
    imports, _ = resolve_imports(workspace, run, ladder, evidence)
    decisions: dict[str, Decision] = {}
    top = len(ladder.stages)
    dirty = tuple(checkout.is_clean(workspace.root)) if missing else ()
    for stage in ladder.stages:
        if stage.id in missing:
            found = deciding(workspace, run, ladder, stage, asked=top, dirty=dirty)
            decisions[stage.id] = found.decision
    release = releasing(workspace, run, ladder).decision
    proven = not missing and release.verdict is Verdict.PROCEED
    return Standing(
        ladder=ladder,
        context=run.context,
        journal=run.journal,
        evidence=type(evidence)(stages=evidence.stages, imported=imports),
        decisions=decisions,
        rooted=workspace.trust.kind.value == "rooted",
        release=release,
        approval=workspace.configuration.policies.for_target(ladder.target).approval,
        held=_held(workspace, ladder),
        unadopted=_unadopted(workspace, run, ladder) if proven else None,
    )


def _held(workspace: Workspace, ladder: Ladder) -> Finding | None:
    """Tell that somebody holds the ladder's target by name, if so."""
    newest = holds.newest(workspace, ladder.target)
    return None if newest is None else finding_of(newest.believed, ladder.target)


def _unadopted(workspace: Workspace, run: Run, ladder: Ladder) -> Finding | None:
    """Tell that the phase whose adoption a production approval needs is not adopted, if so."""
    policy = workspace.configuration.policies.for_target(ladder.target).adoption
    wanted = policy.approval_ready_phase if policy else None
    artifact_set = run.context.identity.artifact_set_id
    if policy is None or wanted is None or wanted in adopted_phases(workspace, artifact_set):
        return None
    folder = folder_of(workspace, run, wanted).parent.relative_to(workspace.root)
    return Finding(
        id="adoption.approval_ready_phase",
        weight=Weight.HOLDS,
        what=f"HEAD has not adopted the {wanted.value} records, and {policy.id} needs that",
        evidence=(f"releases/{artifact_set}",),
        command=f"invoke adopt --from {folder}; when it is applied, commit releases/",
    )


def entry(workspace: Workspace, ladder: Ladder, run: Run) -> dict[str, Any]:
    """Return a ladder's entry of the posture document."""
    return posture.target_entry(standing_of(workspace, ladder, run))


def told(workspace: Workspace, ladder: Ladder, run: Run) -> dict[str, Any]:
    """Return a ladder's entry with what a person at a terminal wants besides."""
    standing = standing_of(workspace, ladder, run)
    found = posture.target_entry(standing)
    details = {item.result.stage: detail_of(item) for item in standing.evidence.stages}
    for stage in found["stages"]:
        here = position(run.journal, stage["id"])
        stage["attempt"] = here.attempt
        if here.begin is not None and here.end is None:
            stage["detail"] = _open(workspace, run, here.begin.started_at)
        if here.end is not None:
            stage["seconds"] = _seconds(here.end.started_at, here.end.completed_at or "")
            stage["detail"] = here.end.outputs.get("reason") or details.get(stage["id"], "")
    folders = [phase.folder_of(workspace, run, each) for each in ladder.phases()]
    root = workspace.root
    found["folders"] = [str(path.relative_to(root)) for path in folders if path.is_dir()]
    given_up = run.journal.abandoned
    found["abandoned"] = given_up.inputs.get("reason") if given_up else None
    held = holds.newest(workspace, ladder.target)
    found["hold"] = held.said.to_dict() if held and held.said.holds else None
    return found


def _open(workspace: Workspace, run: Run, since: str) -> str:
    """Tell of an attempt without an end whether somebody is at work on it."""
    holder = workspace.store.holder(run_lease(run.context.identity))
    if holder is None:
        return f"begun at {since} and interrupted; promote takes it up"
    return f"running since {since} ({holder})"


def stricter(workspace: Workspace, ladder: Ladder) -> list[Ladder]:
    """Return the other ladders whose targets ask for rooted trust: what production is."""
    policies = workspace.configuration.policies
    found = []
    for other in workspace.configuration.ladders.values():
        promotion = policies.for_target(other.target).promotion
        if other.ladder != ladder.ladder and promotion and promotion.trust.value == "rooted":
            found.append(other)
    return sorted(found, key=lambda item: item.ladder)


def _seconds(begin: str, end: str) -> int:
    from datetime import datetime

    try:
        return int((datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds())
    except ValueError:
        return 0
