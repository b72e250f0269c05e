"""The steps of collection `build`: distributions made from the commit, or taken from a ladder."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def distributions(_: Context, twice: bool = True) -> None:
    """Build sdist and wheel from the pinned commit, twice, and compare (a step of a ladder)."""
    from pipeline.flows.steps import build
    from pipeline.operations.step_io import Step

    build.distributions(Step.load(), twice=twice)


@command
def imported(_: Context) -> None:
    """Take another ladder's verified artifacts, byte for byte (a step of a ladder)."""
    from pipeline.flows.steps import build
    from pipeline.operations.step_io import Step

    build.imported(Step.load())


ns = Collection("build", distributions, imported)
