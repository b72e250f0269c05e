"""The step of the approval stage."""

from __future__ import annotations

import invoke

from pipeline.tasks.common import command


@command
def record(_: invoke.Context) -> None:
    """Record the authority under which this evidence is approved (a step of a ladder)."""
    from pipeline.flows.steps import approve
    from pipeline.operations.step_io import Step

    approve.record(Step.load())


ns = invoke.Collection("approval", record)
