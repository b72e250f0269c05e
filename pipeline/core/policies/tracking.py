"""Tracking: what makes a release one release, and which fields must say so."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.fields import Identifier
from pipeline.core.policies.family import Family, Phases, Policy


class IdentityField(StrEnum):
    """A field by which a release is known."""

    ARTIFACT_NAME = "artifact_name"
    ARTIFACT_TYPE = "artifact_type"
    ARTIFACT_VERSION = "artifact_version"
    SOURCE_REVISION = "source_revision"
    ORIGIN_CLASS = "origin_class"
    """Derived when the record is verified; no file says it."""
    BUILD_PIPELINE = "build_pipeline"
    BUILD_TIMESTAMP = "build_timestamp"
    ARTIFACT_DIGEST = "artifact_digest"
    RELEASE_CHANNEL = "release_channel"
    SIGNING_STATUS = "signing_status"
    PROVENANCE_STATUS = "provenance_status"
    DEPENDENCY_SNAPSHOT = "dependency_snapshot"


class ArtifactType(StrEnum):
    """What is tracked."""

    RELEASE_EVIDENCE_BUNDLE = "release_evidence_bundle"


class SetStrategy(StrEnum):
    """What an artifact set's id is made of: never the phase."""

    CHANNEL_GATE_VERSION_RUN = "channel_gate_version_run"


class IdentityRule(StrEnum):
    """How many artifact sets a version may have."""

    ONE_SET_PER_VERSION = "one_artifact_set_per_version_gate_and_channel"


class HotfixRule(StrEnum):
    """What a release in a hurry may do."""

    NEW_VERSION_WITH_NOTES = "new_version_with_bypass_notes"
    """A version of its own; every exception that was used stands in its record."""
    NO_BYPASS = "no_bypass"
    """A release that used an exception is held."""


class TrackingPolicy(Policy):
    """How a target's releases are known apart."""

    artifact_name: Identifier = Field(description="What the target's artifact sets are called.")
    artifact_type: ArtifactType = Field(description="What is tracked.")
    identity_fields: tuple[IdentityField, ...] = Field(
        min_length=1, description="Fields that a tracking record must have found."
    )
    phases: Phases = Field(description="The bundle phases that must hold a tracking record.")
    artifact_set_strategy: SetStrategy = Field(description="What a set's id is made of.")
    release_identity_rule: IdentityRule = Field(description="Sets that a version may have.")
    hotfix_rule: HotfixRule = Field(
        description="Whether exceptions may be used: new_version_with_bypass_notes or no_bypass."
    )


class TrackingFamily(Family[TrackingPolicy]):
    """The file `config/policies/tracking.yaml`."""

    family: Literal["tracking"] = Field(description="The family's name, equal to the file's.")
