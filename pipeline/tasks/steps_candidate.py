"""The step of collection `candidate`: the built wheel is tested, not the source tree."""

from __future__ import annotations

from collections.abc import Sequence

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def candidate_tests(_: Context, path: str = "tests/candidate", pythons: Sequence[str] = ()) -> None:
    """Test the wheel in a clean environment, away from its source (a step of a ladder)."""
    from pipeline.flows.steps import candidate
    from pipeline.operations.step_io import Step

    candidate.run(Step.load(), path=path, pythons=pythons)


ns = Collection("candidate")
ns.add_task(candidate_tests, name="test")
