"""Attestation: what a release must be able to say of its making, and which stages prove it."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from pipeline.core.fields import Identifier
from pipeline.core.policies.family import Family, Policy


class IdentityClaim(StrEnum):
    """What an attestation says of an artifact. Source: SLSA Provenance v1, in-toto Statement v1."""

    SOURCE_REVISION = "source_revision"
    """`resolvedDependencies[].digest.gitCommit` is the release's commit."""
    BUILD_WORKFLOW = "build_workflow"
    """`buildDefinition.buildType` is there."""
    BUILDER_IDENTITY = "builder_identity"
    """`runDetails.builder.id` is there."""
    ARTIFACT_DIGEST = "artifact_digest"
    """Every artifact that the provenance's stage made is a subject."""
    DEPENDENCY_SNAPSHOT = "dependency_snapshot"
    """A lock file or SBOM is bound by digest."""


class Verification(StrEnum):
    """How much must be verifiable before a rollout."""

    DIGESTS_RECORDED = "digests_recorded"
    """Digests and revision are recorded and can be checked."""
    SIGNED_OR_ATTESTED = "signed_or_attested"
    """The artifacts are signed under rooted trust, and are the ones that were meant."""


class RollbackDemand(StrEnum):
    """What is asked of the release that one would go back to."""

    DOCUMENTED = "documented"
    SIGNED_OR_ATTESTED = "signed_or_attested"


class AttestationPolicy(Policy):
    """What must be attested of a release."""

    identity_claims: tuple[IdentityClaim, ...] = Field(
        min_length=1, description="Claims that the provenance must make of every artifact."
    )
    stages: tuple[Identifier, ...] = Field(
        min_length=1, description="Ids of the stages that the attestation must cover."
    )
    verification: Verification = Field(
        description="digests_recorded, or signed_or_attested: signed under rooted trust."
    )
    rollback: RollbackDemand = Field(
        description="What the rollback target must be: documented or signed_or_attested."
    )
    before_production_approval: bool = Field(
        description="Whether no production approval counts before this is fulfilled."
    )


class AttestationFamily(Family[AttestationPolicy]):
    """The file `config/policies/attestation.yaml`."""

    several: ClassVar[bool] = True
    family: Literal["attestation"] = Field(description="The family's name, equal to the file's.")
