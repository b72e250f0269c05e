"""The step of collection `artifact`: every check of what was built."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def verify(_: Context) -> None:
    """Check what was built, nine ways, each with a verdict (a step of a ladder)."""
    from pipeline.flows.steps import verify_artifacts
    from pipeline.operations.step_io import Step

    verify_artifacts.run(Step.load())


ns = Collection("artifact", verify)
