"""`deploy.apply`: the step that brings a release live."""

from __future__ import annotations

import invoke

from pipeline.tasks.common import command


@command
def apply(_: invoke.Context) -> None:
    """Bring the approved artifact live on the target (a step of a ladder)."""
    from pipeline.flows.steps import deploy
    from pipeline.operations.step_io import Step

    deploy.apply(Step.load())


ns = invoke.Collection("deploy", apply)
