"""Linkage: which records of a phase are tied together, and by which fields they must agree."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.families import RecordFamily
from pipeline.core.policies.family import Family, Phases, Policy
from pipeline.core.release import Phase


class SharedField(StrEnum):
    """A field that all records of a phase share."""

    APPROVAL_RECORD_ID = "approval_record_id"
    GATE_ID = "gate_id"
    ARTIFACT_VERSION = "artifact_version"
    ARTIFACT_SET_ID = "artifact_set_id"
    SOURCE_REVISION = "source_revision"
    ORIGIN_CLASS = "origin_class"
    """Derived when a record is verified; no file says it."""
    DEPLOYMENT_STAGE = "deployment_stage"
    RELEASE_CHANNEL = "release_channel"


class SharedStrategy(StrEnum):
    """How shared fields are compared."""

    ALL_MUST_MATCH = "all_must_match"


class LinkagePolicy(Policy):
    """How the records of a target's release hang together."""

    phases: Phases = Field(description="The bundle phases whose records are linked.")
    shared_identity_fields: tuple[SharedField, ...] = Field(
        min_length=1, description="Fields in which every linked record must be the same."
    )
    shared_identity_strategy: SharedStrategy = Field(description="How they are compared.")
    approval_ready_phase: Phase | None = Field(
        default=None, description="The phase whose linkage a production approval needs, if any."
    )
    families: dict[Phase, tuple[RecordFamily, ...]] = Field(
        description="Phase to the record families that must be there and agree."
    )


class LinkageFamily(Family[LinkagePolicy]):
    """The file `config/policies/linkage.yaml`."""

    family: Literal["linkage"] = Field(description="The family's name, equal to the file's.")
