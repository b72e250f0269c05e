"""`postdeploy.smoke`: the step that verifies what is live."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def smoke(_: Context) -> None:
    """Check the live target, before and after its bake time (a step of a ladder)."""
    from pipeline.flows.steps import postdeploy
    from pipeline.operations.step_io import Step

    postdeploy.smoke(Step.load())


ns = Collection("postdeploy", smoke)
