"""The step of the approval stage."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def record(_: Context) -> None:
    """Record the authority under which this evidence is approved (a step of a ladder)."""
    from pipeline.flows.steps import approve
    from pipeline.operations.step_io import Step

    approve.record(Step.load())


ns = Collection("approval", record)
