"""What verified provenance says of a release's making: the identity claims, or `None`.

Source: SLSA Provenance v1, `buildDefinition` and `runDetails`. A foreign predicate: members that
are not there, or of another form, are claims that were not made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.policies.attestation import IdentityClaim
from pipeline.core.predicates.fields import Artifact
from pipeline.core.statement import PROVENANCE, SBOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.evidence import Believed

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_HEX = re.compile(r"[0-9a-f]{64}")
DEPLOYABLE = (".whl",)
"""What is deployed, by the end of its name; the rest of an artifact set goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What all provenance of a release says together; what it does not agree on is `None`."""

    source_revision: str | None
    build_workflow: str | None
    builder_identity: str | None
    artifact_digest: str | None
    """The digests that are subjects, in words, once every deployable artifact is one."""
    dependency_snapshot: Artifact | None
    built_at: str | None
    subjects: frozenset[str]
    """`sha256:HEX` of every subject."""
    statements: tuple[str, ...]
    """Digests of the bundles that say so."""

    def claims(self) -> dict[IdentityClaim, str | None]:
        """Return each identity claim with what is claimed."""
        snapshot = self.dependency_snapshot
        return {
            IdentityClaim.SOURCE_REVISION: self.source_revision,
            IdentityClaim.BUILD_WORKFLOW: self.build_workflow,
            IdentityClaim.BUILDER_IDENTITY: self.builder_identity,
            IdentityClaim.ARTIFACT_DIGEST: self.artifact_digest,
            IdentityClaim.DEPENDENCY_SNAPSHOT: snapshot.digest if snapshot else None,
        }


def lineage_of(
    statements: Iterable[Believed], artifacts: Mapping[str, Digest], commit: str
) -> Lineage:
    """Fold verified provenance and SBOM statements about these artifacts."""
    known = {digest.hex for digest in artifacts.values()}
    mine = [
        item
        for item in statements
        if all(subject.digest.hex in known for subject in item.statement.subjects)
    ]
    made = [item for item in mine if item.statement.predicate_type == PROVENANCE]
    bodies = [item.statement.predicate for item in made]
    subjects = {str(s.digest) for item in made for s in item.statement.subjects}
    wanted = {str(d) for name, d in artifacts.items() if name.endswith(DEPLOYABLE)}
    covered = bool(subjects) and wanted <= subjects
    revisions = {found for body in bodies for found in _revisions(body)}
    return Lineage(
        source_revision=commit if revisions == {commit} and all(map(_named, bodies)) else None,
        build_workflow=_only(_text(body, "buildDefinition", "buildType") for body in bodies),
        builder_identity=_only(_text(body, "runDetails", "builder", "id") for body in bodies),
        artifact_digest=", ".join(sorted(subjects)) if covered else None,
        dependency_snapshot=_snapshot(mine),
        built_at=_built_at(bodies),
        subjects=frozenset(subjects),
        statements=tuple(sorted(str(item.bundle_digest) for item in made)),
    )


def _member(body: object, *path: str) -> Any:  # noqa: ANN401 - foreign JSON
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _text(body: object, *path: str) -> str | None:
    found = _member(body, *path)
    return found if isinstance(found, str) and found else None


def _only(values: Iterable[str | None]) -> str | None:
    """Return the one value that all say; nothing when any says another, or none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _revisions(body: object) -> Iterator[str]:
    """Yield every git commit among the resolved dependencies that stands for the source."""
    listed = _member(body, "buildDefinition", "resolvedDependencies")
    for item in listed if isinstance(listed, list) else ():
        commit = _text(item, "digest", "gitCommit")
        if commit:
            yield commit


def _named(body: object) -> bool:
    return any(_revisions(body))


def _built_at(bodies: list[dict[str, Any]]) -> str | None:
    times = [_text(body, "runDetails", "metadata", "finishedOn") or "" for body in bodies]
    return max(times) if times and all(_TIME.fullmatch(time) for time in times) else None


def _snapshot(statements: Iterable[Believed]) -> Artifact | None:
    """Return what says the dependencies: a lock file that provenance binds, else a bill of them."""
    bills: list[Artifact] = []
    for item in statements:
        if item.statement.predicate_type == SBOM:
            bills.append(Artifact(name="sbom", digest=str(Digest.of(item.payload))))
            continue
        listed = _member(item.statement.predicate, "buildDefinition", "resolvedDependencies")
        for found in listed if isinstance(listed, list) else ():
            name, digest = _text(found, "name"), _text(found, "digest", "sha256")
            if name and digest and _HEX.fullmatch(digest) and _text(found, "uri") is None:
                return Artifact(name=name, digest=f"sha256:{digest}")
    return min(bills, key=lambda bill: bill.digest, default=None)
