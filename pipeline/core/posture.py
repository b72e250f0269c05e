"""Posture: what a target is ready for, computed from verified records and decisions alone.

Nobody states a posture by hand: every word here follows from positions, evidence and findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.core.gates import Verdict
from pipeline.core.ladder import Effect
from pipeline.core.policies.release_approval import ApprovalScope
from pipeline.core.position import StageState, position
from pipeline.core.predicates.approval import Approval
from pipeline.core.release import OriginClass
from pipeline.core.statement import APPROVAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.core.evidence import Evidence, StageEvidence
    from pipeline.core.gates import Decision, Finding
    from pipeline.core.journal import Journal
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.policies import ReleaseApproval
    from pipeline.core.release import RunContext

SCHEMA = "https://release-ladder.readthedocs.io/schemas/posture/v1"
AHEAD = frozenset({"launch_proofs"})
"""Gates whose word about the whole release is known before all of it has been climbed."""
_ONLY_ORDER = frozenset({"order.not_climbed", "manual.not_named"})
"""Findings that say only that the climb has not come so far yet."""


class Readiness(StrEnum):
    """How far a target's release has come."""

    NOT_STARTED = "not_started"
    CLIMBING = "climbing"
    HELD = "held"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """Given up, however far it had come: nothing that is proven of it counts for a deployment."""
    PROVEN = "proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that a target's posture follows from."""

    ladder: Ladder
    context: RunContext
    journal: Journal
    evidence: Evidence
    decisions: Mapping[str, Decision]
    """The decision about each stage that has not passed, by stage id, as if it had been named."""
    rooted: bool
    """Whether the evidence rests on rooted trust."""
    release: Decision | None = None
    """The release target gate's decision; before every stage has passed, most of it is early."""
    approval: ReleaseApproval | None = None
    """The target's release approval."""
    held: Finding | None = None
    """That somebody holds the target by name, if so."""
    unadopted: Finding | None = None
    """That the phase whose adoption a production approval needs is not adopted, if it is not."""


def target_entry(standing: Standing) -> dict[str, Any]:
    """Return a target's entry of the posture document."""
    ladder, context = standing.ladder, standing.context
    begun = bool(standing.journal.entries)
    states = stage_states(standing)
    given_up = standing.journal.abandoned is not None
    readiness = Readiness.ABANDONED if given_up else _readiness(begun, list(states.values()))
    if readiness is Readiness.PROVEN and not _opened(standing):
        readiness = Readiness.HELD
    origins = {item.believed.origin for item in standing.evidence.all}
    return {
        "target": ladder.target,
        "ladder": ladder.ladder,
        "gate": ladder.gate,
        "channel": ladder.channel,
        "release": context.version,
        "run": context.run if begun else None,
        "commit": context.baseline_commit,
        "origin_class": _origin(origins),
        "readiness": readiness.value,
        "deployment_allowed": readiness not in {Readiness.FAILED, Readiness.ABANDONED}
        and standing.held is None
        and not _shut(standing),
        "production_ready": standing.rooted
        and readiness is Readiness.PROVEN
        and origins == {OriginClass.LIVE}
        and standing.approval is not None
        and standing.approval.approval_scope is ApprovalScope.PRODUCTION_LAUNCH
        and standing.unadopted is None,
        "approval_state": _approval_state(standing),
        "artifacts": [
            {"name": name, "digest": str(digest)}
            for name, digest in sorted(standing.evidence.artifacts.items())
        ],
        "stages": [_stage(standing, stage, states[stage.id]) for stage in ladder.stages],
        "blockers": [_blocker(finding) for finding in blockers(standing)],
    }


def document(project: str, entries: Sequence[dict[str, Any]], now: str) -> dict[str, Any]:
    """Return the posture document of all targets."""
    return {
        "schema": SCHEMA,
        "generated_at": now,
        "project": project,
        "targets": list(entries),
    }


def _opened(standing: Standing) -> bool:
    """Tell whether the release target gate lets the whole release stand; not asked is held."""
    return standing.release is not None and standing.release.verdict is Verdict.PROCEED


def _shut(standing: Standing) -> bool:
    """Tell whether a stage with a live effect may not begin now; not decided counts as held."""
    passed = _passed(standing)
    decisions = [
        standing.decisions.get(stage.id)
        for stage in standing.ladder.stages
        if stage.effect is Effect.LIVE and stage.id not in passed
    ]
    return any(found is None or found.verdict is Verdict.HOLD for found in decisions)


def _passed(standing: Standing) -> set[str]:
    return {item.result.stage for item in standing.evidence.stages}


def stage_states(standing: Standing) -> dict[str, str]:
    """Return the word for each stage: done, failed, next, held or waiting."""
    words: dict[str, str] = {}
    reached, passed = False, _passed(standing)
    for stage in standing.ladder.stages:
        state = position(standing.journal, stage.id).state
        if reached:
            words[stage.id] = "waiting"
        elif stage.id in passed:
            words[stage.id] = "done"
        else:
            reached = True
            decision = standing.decisions.get(stage.id)
            held = decision is None or decision.verdict is Verdict.HOLD
            words[stage.id] = "failed" if state is StageState.FAILED else "held" if held else "next"
    return words


def blocking(standing: Standing, stage: Stage) -> list[Finding]:
    """Return what holds a stage besides that the climb has not come so far."""
    decision = standing.decisions.get(stage.id)
    holds = decision.holds if decision else ()
    return [finding for finding in holds if finding.id not in _ONLY_ORDER]


def blockers(standing: Standing) -> list[Finding]:
    """Return what holds any stage that has not passed, or the whole release, each finding once."""
    found: dict[str, Finding] = {}
    for stage in standing.ladder.stages:
        for finding in blocking(standing, stage):
            found.setdefault(finding.id, finding)
    whole = all(stage.id in _passed(standing) for stage in standing.ladder.stages)
    for finding in standing.release.holds if standing.release else ():
        if whole or finding.id.partition(".")[0] in AHEAD:
            found.setdefault(finding.id, finding)
    for other in (standing.held, standing.unadopted):
        if other is not None:
            found.setdefault(other.id, other)
    return list(found.values())


def _readiness(begun: bool, states: Sequence[str]) -> Readiness:  # noqa: FBT001 - a fact, not a flag
    if "failed" in states:
        return Readiness.FAILED
    if "held" in states:
        return Readiness.HELD
    if all(state == "done" for state in states):
        return Readiness.PROVEN
    return Readiness.CLIMBING if begun else Readiness.NOT_STARTED


def _origin(origins: set[OriginClass]) -> str | None:
    if not origins:
        return None
    return (OriginClass.LIVE if origins == {OriginClass.LIVE} else OriginClass.LOCAL).value


def _approval_state(standing: Standing) -> str:
    for item in standing.evidence.of(APPROVAL):
        approval = Approval.from_json(item.statement.predicate)
        if approval.approver is None:
            return f"approved under {approval.authority_kind}; no named approver"
        return f"approved by {approval.approver} ({approval.authority_kind})"
    if any(stage.approval for stage in standing.ladder.stages):
        return "not approved"
    return "the ladder asks for no approval"


def _stage(standing: Standing, stage: Stage, state: str) -> dict[str, Any]:
    mine = [item for item in standing.evidence.stages if item.result.stage == stage.id]
    return {
        "id": stage.id,
        "alias": stage.alias,
        "phase": stage.phase.value,
        "state": state,
        "statements": [entry for item in mine for entry in _statements(item)],
    }


def _statements(item: StageEvidence) -> list[dict[str, str]]:
    own = {"type": item.believed.statement.predicate_type, "digest": str(item.digest)}
    listed = [{"type": ref.type, "digest": ref.digest} for ref in item.result.statements]
    return [own, *listed]


def _blocker(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "what": finding.what,
        "evidence": list(finding.evidence),
        "command": finding.command,
    }
