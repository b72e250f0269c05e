"""The step of collection `artifact`: every check of what was built."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task


@task
def verify(c: Context) -> None:
    """Step: check digests, RECORD, metadata, install, licences, secrets, SBOM, lock, advisories."""
    from pipeline.flows.steps import verify_artifacts
    from pipeline.operations.step_io import Step

    verify_artifacts.run(Step.load())


ns = Collection("artifact", verify)
