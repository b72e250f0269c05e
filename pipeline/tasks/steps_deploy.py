"""`deploy.apply`: the step that brings a release live."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def apply(_: Context) -> None:
    """Bring the approved artifact live on the target (a step of a ladder)."""
    from pipeline.flows.steps import deploy
    from pipeline.operations.step_io import Step

    deploy.apply(Step.load())


ns = Collection("deploy", apply)
