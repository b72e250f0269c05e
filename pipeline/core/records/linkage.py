"""`record-linkage/v1`: the records of a phase are of one release, or it says which is not.

Rules (`mismatches`):

1. Every family that the policy links for the phase has a record.
2. Every linked record has the release's own value in each shared field.
3. The origin class, which no record says, is what verification derived of each record's signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.model import Model
from pipeline.core.policies.linkage import LinkagePolicy, SharedField
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.records.ground import Ground
    from pipeline.core.records.said import Said
    from pipeline.core.release import Phase


class Shared(Model):
    """A shared field and the release's own value of it."""

    name: SharedField
    value: Text


class Linked(Model):
    """A record that is tied to the others: its family, its id, the digest of its bundle."""

    family: RecordFamily
    record_id: Text
    digest: DigestText


class Mismatch(Model):
    """A record whose shared field is not the release's: which, and both values."""

    record: Text
    field: Text
    wanted: Text
    found: Text


class LinkageRecord(Record):
    """Which records are linked, by which shared values, and what does not match."""

    shared: tuple[Shared, ...]
    """The release's own values, but for the origin class, which is derived and never written."""
    records: tuple[Linked, ...]
    missing: tuple[RecordFamily, ...]
    mismatches: tuple[Mismatch, ...]


def make(ground: Ground, policy: LinkagePolicy) -> LinkageRecord:
    """Return the linkage record over the records of the phase that were made so far."""
    phase = ground.stage.phase
    wanted = shared_values(ground.head("linkage", policy.id), ground.origin)
    linked = [item for item in ground.records if item.family in policy.families.get(phase, ())]
    return LinkageRecord(
        **ground.head("linkage", policy.id),
        shared=tuple(
            Shared(name=field, value=wanted[field])
            for field in policy.shared_identity_fields
            if field is not SharedField.ORIGIN_CLASS
        ),
        records=tuple(
            Linked(
                family=item.family, record_id=item.record.record_id, digest=str(item.bundle_digest)
            )
            for item in linked
        ),
        missing=missing(policy, phase, linked),
        mismatches=tuple(mismatches(policy, phase, linked, wanted)),
    )


def missing(
    policy: LinkagePolicy, phase: Phase, records: Iterable[Said]
) -> tuple[RecordFamily, ...]:
    """Return the families that the policy links for a phase and that no record is of (rule 1)."""
    there = {item.family for item in records if item.record.phase is phase}
    return tuple(family for family in policy.families.get(phase, ()) if family not in there)


def mismatches(
    policy: LinkagePolicy,
    phase: Phase,
    records: Iterable[Said],
    wanted: Mapping[SharedField, str],
) -> Iterator[Mismatch]:
    """Yield every shared field of a linked record that is not the release's (rules 2 and 3)."""
    for item in records:
        if item.record.phase is not phase or item.family not in policy.families.get(phase, ()):
            continue
        has = shared_values(item.record.to_dict(), item.origin)
        for field in policy.shared_identity_fields:
            if has[field] != wanted[field]:
                yield Mismatch(
                    record=item.record.record_id,
                    field=field.value,
                    wanted=wanted[field],
                    found=has[field],
                )


def shared_values(head: Mapping[str, object], origin: str) -> dict[SharedField, str]:
    """Return the shared fields of a record's head; `none` stands for a value that is not there."""
    values = {field: str(head.get(field.value) or "none") for field in SharedField}
    values[SharedField.ORIGIN_CLASS] = origin
    return values
