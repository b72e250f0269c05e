"""SLSA Provenance v1 of a build, as a value.

Source: https://slsa.dev/spec/v1.1/provenance and this project's build types, described in the docs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.canonical import Digest
    from pipeline.core.lockfile import Package

BUILD_TYPES = "https://release-ladder.readthedocs.io/build-types/"
TWICE_BUILT = f"{BUILD_TYPES}distributions/v1"
"""sdist and wheel from the clean export of a commit."""
IMPORTED = f"{BUILD_TYPES}imported/v1"
"""Distributions taken byte for byte from another ladder's verified stage."""
LOCAL_BUILDER = "https://release-ladder.readthedocs.io/builders/local/v1"
"""The platform when a person runs the build on a machine of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What a provenance statement tells of a build. Times are RFC 3339 UTC."""

    build_type: str
    builder: str
    external: Mapping[str, Any]
    internal: Mapping[str, Any]
    dependencies: tuple[Mapping[str, Any], ...] = field(default=())
    invocation: str
    started: str
    finished: str

    def to_predicate(self) -> dict[str, Any]:
        """Return the predicate."""
        return {
            "buildDefinition": {
                "buildType": self.build_type,
                "externalParameters": dict(self.external),
                "internalParameters": dict(self.internal),
                "resolvedDependencies": [dict(item) for item in self.dependencies],
            },
            "runDetails": {
                "builder": {"id": self.builder},
                "metadata": {
                    "invocationId": self.invocation,
                    "startedOn": self.started,
                    "finishedOn": self.finished,
                },
            },
        }


def builder_id(environment: Mapping[str, str]) -> str:
    """Return the platform's id: GitHub's runner where its variables say so, else a local run.

    The claim is worth what the signature is worth: origin is derived when evidence is verified.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        kind = environment.get("RUNNER_ENVIRONMENT") or "self-hosted"
        return f"https://github.com/actions/runner/{kind}"
    return LOCAL_BUILDER


def repository(environment: Mapping[str, str]) -> str | None:
    """Return the source repository where the platform names it; a local clone does not know."""
    server, name = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    if environment.get("GITHUB_ACTIONS") != "true" or not server or not name:
        return None
    return f"git+{server}/{name}"


def source_dependency(commit: str, uri: str | None) -> dict[str, Any]:
    """Describe the commit that was built; without a known repository by its digest alone."""
    known = {"uri": f"{uri}@{commit}"} if uri else {}
    return {**known, "name": "source", "digest": {"gitCommit": commit}}


def file_dependency(name: str, digest: Digest) -> dict[str, Any]:
    """Describe a file of the commit that the build was resolved from."""
    return {"name": name, "digest": {"sha256": digest.hex}}


def package_dependency(package: Package, uri: str) -> dict[str, Any]:
    """Describe a package of the build environment.

    Its digest stands there when only one file could have been installed; else the allowed ones do.
    """
    wheel = package.universal_wheel
    if wheel is not None:
        return {"uri": uri, "name": package.name, "digest": {"sha256": wheel.sha256}}
    allowed = sorted(file.sha256 for file in package.files)
    return {"uri": uri, "name": package.name, "annotations": {"allowedSha256": allowed}}
