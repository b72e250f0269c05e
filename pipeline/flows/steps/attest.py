"""The body of `attest.release`: says which release the artifacts are, for the signer to sign.

Source: in-toto attestation, predicate Release v0.2: a package URL over all distributions.
"""

from __future__ import annotations

from pipeline.core.canonical import MalformedError
from pipeline.core.sbom import purl
from pipeline.core.statement import RELEASE
from pipeline.errors import StepFailedError
from pipeline.operations import building
from pipeline.operations.step_io import Step, StepResult, StepStatement

SUFFIXES = (".whl", ".tar.gz")
"""Artifacts that an index would carry."""


def run(step: Step) -> None:
    """Ask for one release statement over all distributions."""
    distributions = {
        name: path for name, path in sorted(step.artifacts().items()) if name.endswith(SUFFIXES)
    }
    if not distributions:
        raise StepFailedError(
            "there is no distribution to attest",
            where="the artifacts of the earlier stages",
            todo="see what the ladder's building stage left as artifacts",
        )
    try:
        found = [building.metadata_of(path) for path in distributions.values()]
    except MalformedError as error:
        raise StepFailedError(
            str(error), where="the distributions", todo="mend the build and promote a new version"
        ) from error
    packages = {purl(metadata.name, str(metadata.version)) for metadata in found}
    if len(packages) != 1:
        raise StepFailedError(
            f"the distributions are of several packages: {', '.join(sorted(packages))}",
            where="the artifacts of the earlier stages",
            todo="release one package at a time",
        )
    package = packages.pop()
    step.log(f"release  {package}: {', '.join(distributions)}")
    statement = StepStatement(
        type=RELEASE, subjects=tuple(distributions), predicate={"purl": package}
    )
    step.finish(StepResult(statements=(statement,)))
