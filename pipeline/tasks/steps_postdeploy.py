"""`postdeploy.smoke`: the step that verifies what is live."""

from __future__ import annotations

import invoke

from pipeline.tasks.common import command


@command
def smoke(_: invoke.Context) -> None:
    """Check the live target, before and after its bake time (a step of a ladder)."""
    from pipeline.flows.steps import postdeploy
    from pipeline.operations.step_io import Step

    postdeploy.smoke(Step.load())


ns = invoke.Collection("postdeploy", smoke)
