"""The step of collection `attest`: which release the artifacts are."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command


@command
def release(_: Context) -> None:
    """State which release the distributions are, for the signer to sign (a step of a ladder)."""
    from pipeline.flows.steps import attest
    from pipeline.operations.step_io import Step

    attest.run(Step.load())


ns = Collection("attest", release)
