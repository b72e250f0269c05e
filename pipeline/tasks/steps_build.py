"""The steps of collection `build`: distributions made from the commit, or taken from a ladder."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task


@task
def distributions(c: Context, twice: bool = True) -> None:
    """Step: build sdist and wheel from the pinned commit, twice, and compare."""
    from pipeline.flows.steps import build
    from pipeline.operations.step_io import Step

    build.distributions(Step.load(), twice=twice)


@task
def imported(c: Context) -> None:
    """Step: take another ladder's verified artifacts, byte for byte."""
    from pipeline.flows.steps import build
    from pipeline.operations.step_io import Step

    build.imported(Step.load())


ns = Collection("build", distributions, imported)
