"""Whether a passed stage still stands: an approval stands while what it binds is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.approval import before, void_reasons
from pipeline.core.ladder import Effect
from pipeline.core.position import StageState, position
from pipeline.core.predicates.approval import Approval
from pipeline.core.statement import APPROVAL
from pipeline.edges import clock
from pipeline.operations.deciding import bound
from pipeline.operations.evidence import climbed
from pipeline.operations.live import live_before

if TYPE_CHECKING:
    from pipeline.core.ladder import Stage
    from pipeline.operations.climb import Climb


def standing(climb: Climb, stage: Stage) -> bool:
    """Tell whether a passed stage stands. Only an approval can fall, and only until it was used.

    An approval is used once: when a stage above it with a live effect has passed, it is history.
    """
    if not stage.approval:
        return True
    above = climb.ladder.stages[climb.ladder.index(stage) + 1 :]
    live = [item for item in above if item.effect is Effect.LIVE]
    states = [position(climb.run.journal, item.id).state for item in live]
    if any(state in {StageState.PASSED, StageState.FAILED} for state in states):
        return True
    evidence, _ = climbed(climb.workspace, climb.run, climb.ladder)
    own = [item for item in evidence.stages if item.result.stage == stage.id]
    target = live[0] if live else stage
    with climb.on_target():
        state = live_before(climb.workspace, climb.run, climb.ladder, target, climb.token)
    now_bound = bound(climb.workspace, climb.ladder, state)
    return any(
        not void_reasons(
            Approval.from_json(given.statement.predicate),
            case_bound=now_bound,
            earlier=before(evidence, climb.ladder, stage),
            context=str(climb.run.context.digest),
            now=clock.now(),
        )
        for item in own
        for given in item.of(APPROVAL)
    )
