"""`canary.run`, a step of a ladder, and `canary.judge`, its judge on recorded samples."""

from __future__ import annotations

from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command, root, terminal

HELD = 10


@command
def run(_: Context) -> None:
    """Run the release beside what is live, under the same traffic (a step of a ladder)."""
    from pipeline.flows.steps import canary
    from pipeline.operations.step_io import Step

    canary.run(Step.load())


@command
def judge(
    _: Context,
    rule: str | None = None,
    samples: str | None = None,
    alone: bool = False,
    json: bool = False,
) -> int:
    """Judge recorded samples: --rule NAME-or-FILE --samples FILE; --alone: there is no baseline."""
    from pipeline.errors import WrongUsageError
    from pipeline.flows import judge as flow
    from pipeline.operations.workspace import Workspace

    if not rule or not samples:
        raise WrongUsageError(
            "a judge needs a rule and samples",
            where="canary.judge",
            todo="call `invoke canary.judge --rule NAME-or-FILE --samples FILE`",
        )
    told = flow.recorded(Workspace.open(root()), rule, Path(samples), alone=alone)
    screen = terminal(json=json)
    for metric in told.metrics:
        screen.say(f"{metric.verdict:13}{metric.metric}: {metric.reason}")
    for reason in told.reasons:
        screen.say(f"{'amiss':13}{reason}")
    screen.say(told.verdict)
    if json:
        screen.json(told.to_dict())
    return 0 if told.verdict == "PASS" else HELD


ns = Collection("canary", run, judge)
