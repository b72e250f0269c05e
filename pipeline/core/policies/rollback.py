"""Rollback: what is known of the release that one would go back to, before it is needed."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.fields import RelativePath
from pipeline.core.policies.attestation import RollbackDemand
from pipeline.core.policies.family import Family, Phases, Policy


class RollbackKind(StrEnum):
    """What a rollback target is."""

    DOCUMENTED_REF_AND_RUNBOOK = "documented_ref_and_runbook"


class RollbackField(StrEnum):
    """What a rollback target's record must hold."""

    ARTIFACT_VERSION = "artifact_version"
    ARTIFACT_SET_ID = "artifact_set_id"
    ROLLBACK_TARGET_REFERENCE = "rollback_target_reference"
    SOURCE_REVISION = "source_revision"
    PREPARATION_REFERENCE = "preparation_reference"
    VERIFICATION_STATUS = "verification_status"
    TRUSTED_ARTIFACT_STATUS = "trusted_artifact_status"
    OPERATOR_CONFIRMATION = "operator_confirmation"
    DEPENDENCY_SNAPSHOT = "dependency_snapshot"


class ReferenceStrategy(StrEnum):
    """What a rollback target's reference is made of."""

    RELEASE_AND_RUNBOOKS = "selected_release_and_checked_in_runbooks"


class VerificationStrategy(StrEnum):
    """What stands between a rollback target and its use."""

    OPERATOR_CONFIRMATION = "operator_confirmation_before_use"


class RollbackPolicy(Policy):
    """What must be known of a target's rollback target."""

    kind: RollbackKind = Field(description="What a rollback target is.")
    phases: Phases = Field(description="The bundle phases that must hold its record.")
    fields: tuple[RollbackField, ...] = Field(
        min_length=1, description="What the record must have found."
    )
    reference_strategy: ReferenceStrategy = Field(description="What the reference is made of.")
    verification_strategy: VerificationStrategy = Field(
        description="What stands between the rollback target and its use."
    )
    trusted_artifact: RollbackDemand = Field(
        description="documented: a known good version; signed_or_attested: under rooted trust."
    )
    references: tuple[RelativePath, ...] = Field(
        min_length=1, description="Runbooks, checked in at the release's commit."
    )


class RollbackFamily(Family[RollbackPolicy]):
    """The file `config/policies/rollback.yaml`."""

    family: Literal["rollback"] = Field(description="The family's name, equal to the file's.")
