"""The step of collection `attest`: which release the artifacts are."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task


@task
def release(c: Context) -> None:
    """Step: state the package URL of the distributions, for the signer to sign."""
    from pipeline.flows.steps import attest
    from pipeline.operations.step_io import Step

    attest.run(Step.load())


ns = Collection("attest", release)
