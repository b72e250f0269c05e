"""The step of collection `candidate`: the built wheel is tested, not the source tree."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task


@task(name="test")
def candidate_tests(c: Context, path: str = "tests/candidate") -> None:
    """Step: test the wheel in a clean environment, away from the source."""
    from pipeline.flows.steps import candidate
    from pipeline.operations.step_io import Step

    candidate.run(Step.load(), path=path)


ns = Collection("candidate", candidate_tests)
