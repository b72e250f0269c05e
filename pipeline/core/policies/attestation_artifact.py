"""Attestation artifact: which attestation records a phase's bundle must hold, and how good."""

from typing import ClassVar, Literal

from pydantic import Field

from pipeline.core.policies.attestation import IdentityClaim
from pipeline.core.policies.family import Family, Phases, Policy


class AttestationArtifactPolicy(Policy):
    """What an attestation record of a phase must show."""

    phases: Phases = Field(description="The bundle phases that must hold such a record.")
    identity_claims: tuple[IdentityClaim, ...] = Field(
        min_length=1, description="Claims that the record must have found."
    )
    verification_required: bool = Field(
        description="Whether signatures under rooted trust are asked for, not a digest alone."
    )
    before_production_approval: bool = Field(
        description="Whether no production approval counts before this is fulfilled."
    )


class AttestationArtifactFamily(Family[AttestationArtifactPolicy]):
    """The file `config/policies/attestation_artifact.yaml`."""

    several: ClassVar[bool] = True
    family: Literal["attestation_artifact"] = Field(
        description="The family's name, equal to the file's."
    )
