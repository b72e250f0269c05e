"""The counts of a posture document: policies defined, records checked in, release target gates.

Rules beside their types:

1. What is live and what is local add up to what is checked in, and every record is named where the
   names are told.
2. Without rooted trust nothing is live, no provenance counts as signed, and nothing is approved for
   production: a document that says so is refused.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pipeline.core.model import Model
from pipeline.page.words import Name, Text

Number = Annotated[int, Field(ge=0)]


class Tally(Model):
    """How many are checked in, and how many of them are live."""

    checked_in: Number
    live: Number
    local_or_synthetic: Number
    records: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        """Check rule 1; a release may have several records, so names are no fewer than it."""
        if self.live + self.local_or_synthetic != self.checked_in:
            message = "live and local_or_synthetic do not add up to checked_in"
            raise ValueError(message)
        if self.records is not None and len(set(self.records)) < self.checked_in:
            message = "fewer records are named than are counted"
            raise ValueError(message)
        return self


class Defined(Model):
    """How many of all targets have one."""

    defined: Number
    of: Number


class Reporting(Model):
    """How many of all approvals report it."""

    reporting: Number
    of: Number


class Counts(Model):
    """What is defined, and what is checked in."""

    evidence_records: Number
    approval_records: Defined
    signed_provenance: Reporting
    canary_rules: Number
    attestation_policies: Number
    tracked_releases: Tally
    attestation_records: Tally
    authority_records: Tally
    linkage_records: Tally
    adoption_records: Tally
    promotion_records: Tally
    smoke_records: Tally
    rollback_targets: Tally
    canary_records: Tally
    production_approvals: Number

    @property
    def needs_rooted_trust(self) -> str | None:
        """Name the first claim that only rooted trust could back (rule 2)."""
        live = [
            name
            for name in type(self).model_fields
            if isinstance(tally := getattr(self, name), Tally) and tally.live
        ]
        if live:
            return f"{live[0]} are live"
        if self.signed_provenance.reporting:
            return "provenance counts as signed"
        return "production approvals are counted" if self.production_approvals else None


class FamilyCount(Model):
    """A policy family: how many policies, and its checked-in records, if it has a kind of them."""

    policies: Number
    records: Tally | None


class ReleaseGate(Model):
    """The release target gate of a ladder, in short."""

    id: Name
    target: Name
    readiness: Name
    deployment_allowed: bool
    production_ready: bool
    approval_state: Name
    blockers: tuple[Name, ...]


class AdoptedFinding(Model):
    """Something that is checked in and was not counted."""

    id: Name
    what: Text
    where: Name
    command: Text


class Adopted(Model):
    """How many releases were adopted, and what of them does not verify."""

    releases: Number
    findings: tuple[AdoptedFinding, ...]
