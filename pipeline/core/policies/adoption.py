"""Adoption: how what a run left becomes checked-in release truth."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.families import RecordFamily
from pipeline.core.policies.family import Family, Phases, Policy
from pipeline.core.release import Phase


class AdoptionEvidence(StrEnum):
    """What an adoption record must hold."""

    SOURCE_BUNDLE = "source_bundle"
    REVIEW_CONTRACT = "review_contract"
    GENERATED_RECORDS = "generated_records"
    ORIGIN_CLASS = "origin_class"
    """As verification derived it when the adoption was reviewed."""
    REVIEW_REFERENCE = "review_reference"
    ADOPTER_IDENTITY = "adopter_identity"
    ADOPTED_RECORD_IDS = "adopted_record_ids"
    SOURCE_POLICIES = "source_policies"
    CURRENT_POLICIES = "current_policies"
    POLICIES_STATUS = "policies_status"


class MatchStrategy(StrEnum):
    """How digests of then and now are compared."""

    MUST_MATCH = "must_match"


class ReviewStrategy(StrEnum):
    """What a review must name before records are adopted."""

    NAMED_ADOPTER_AND_REFERENCE = "named_adopter_and_reference"


class Adopter(StrEnum):
    """Who may adopt."""

    ANY_NAMED = "any_named"
    ADOPTER_ROLE = "adopter_role"
    """A principal that trust gives the role `adopter`, signing with a key of their own."""


class AdoptionPolicy(Policy):
    """What it takes to adopt a target's release."""

    phases: Phases = Field(description="The bundle phases that are adopted, all of them together.")
    evidence: tuple[AdoptionEvidence, ...] = Field(
        min_length=1, description="What the adoption record must hold."
    )
    families: dict[Phase, tuple[RecordFamily, ...]] = Field(
        description="Phase to the record families that are adopted and must be there."
    )
    source_digest_strategy: MatchStrategy = Field(
        description="must_match: bundle and records have the digests that were reviewed."
    )
    policy_snapshot_strategy: MatchStrategy = Field(
        description="must_match: the records were made under the policies of today."
    )
    review_strategy: ReviewStrategy = Field(description="What the review must name.")
    adopter: Adopter = Field(description="any_named, or adopter_role: a principal with that role.")
    importer: Literal["adopt"] = Field(description="The task that writes the review contract.")
    reviewed_apply: Literal["adopt"] = Field(description="The task that applies a reviewed one.")
    approval_ready_phase: Phase | None = Field(
        default=None, description="The phase whose adoption a production approval needs, if any."
    )


class AdoptionFamily(Family[AdoptionPolicy]):
    """The file `config/policies/adoption.yaml`."""

    family: Literal["adoption"] = Field(description="The family's name, equal to the file's.")
