"""`record-adoption/v1`: who took which records into checked-in truth, after which review."""

from __future__ import annotations

from typing import Literal

from pipeline.core.families import RecordFamily
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record
from pipeline.core.release import OriginClass


class SourceBundle(Model):
    """The phase bundle that was adopted: digests of its HASH_MANIFEST and of its seal."""

    manifest: DigestText
    seal: DigestText


class GeneratedRecord(Model):
    """A record as the run left it: where it lies in the bundle, and the digest of its bundle."""

    record_id: Text
    family: RecordFamily
    path: Text
    digest: DigestText


class AdoptionRecord(Record):
    """An adoption of one phase, signed by whoever applied it."""

    families: tuple[RecordFamily, ...]
    source_bundle: SourceBundle
    review_contract: DigestText
    """Hash of the review contract that was applied."""
    generated_records: tuple[GeneratedRecord, ...]
    adopter: Text
    review_reference: Text
    adopted_record_ids: tuple[Text, ...]
    source_policies: DigestText
    """The policy snapshot that the records were made under."""
    current_policies: DigestText
    """The policy snapshot when they were adopted."""
    policies_status: Literal["match"]
    origin_class_at_adoption: OriginClass
    """What verification derived then. Nothing reads it: it is derived anew each time."""
