"""What `promote` would do next, and why, without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.gates import Verdict
from pipeline.core.position import StageState, position
from pipeline.errors import ConflictError, HeldError, StepFailedError
from pipeline.operations import phase
from pipeline.operations.deciding import UNNAMED, deciding
from pipeline.operations.evidence import climbed
from pipeline.operations.posturing import the_run

if TYPE_CHECKING:
    from pipeline.core.gates import Decision
    from pipeline.core.ladder import Stage
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The stages that would run, and the decision about the first of them."""

    ladder: str
    release: str
    commit: str
    stages: tuple[dict[str, Any], ...]
    decision: Decision | None
    failed: str
    abandoned: str

    @property
    def exit_code(self) -> int:
        """What `promote --dry-run` ends with: as the decision would."""
        if self.abandoned:
            return ConflictError.exit_code
        if self.failed:
            return StepFailedError.exit_code
        held = self.decision is not None and self.decision.verdict is Verdict.HOLD
        return HeldError.exit_code if held else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "ladder": self.ladder,
            "release": self.release,
            "commit": self.commit,
            "stages": list(self.stages),
            "decision": self.decision.to_dict() if self.decision else None,
            "failed": self.failed,
            "abandoned": self.abandoned,
            "exit_code": self.exit_code,
        }


def plan(
    workspace: Workspace, *, ladder: str | None, release: str | None, stage: str | None
) -> Plan:
    """Return what `promote` with the same arguments would do now; changes nothing."""
    mine = workspace.ladder(ladder)
    asked = UNNAMED if stage is None else mine.index(workspace.stage(mine, stage))
    run = the_run(workspace, mine, release)
    for each in mine.phases():
        phase.inspect(workspace, run, mine, each)
    upto = asked if asked != UNNAMED else len(mine.stages) - 1
    _, missing = climbed(workspace, run, mine)
    pending = []
    failed = ""
    for item in mine.stages[: upto + 1]:
        state = position(run.journal, item.id).state
        if state is StageState.FAILED:
            failed = item.id
        if item.id in missing:
            pending.append(item)
    if asked == UNNAMED:
        pending = pending[:1]
    decision = deciding(workspace, run, mine, pending[0], asked=asked).decision if pending else None
    given_up = run.journal.abandoned
    return Plan(
        ladder=mine.ladder,
        release=run.context.version,
        commit=run.context.baseline_commit,
        stages=tuple(_told(item, decision) for item in pending),
        decision=decision,
        failed=failed,
        abandoned=str(given_up.inputs.get("reason")) if given_up else "",
    )


def _told(stage: Stage, decision: Decision | None) -> dict[str, Any]:
    first = decision is not None and decision.stage == stage.id
    return {
        "id": stage.id,
        "alias": stage.alias,
        "phase": stage.phase.value,
        "manual": stage.manual,
        "effect": stage.effect.value,
        "steps": [step.task for step in stage.steps],
        "decision": decision.verdict.value if first and decision else "after the stage before it",
    }
