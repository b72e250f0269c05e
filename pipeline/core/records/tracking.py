"""`record-tracking/v1`: which release this is, and by what it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipeline.core.model import Model
from pipeline.core.policies.tracking import TrackingPolicy
from pipeline.core.predicates.fields import Artifact, Text, Time
from pipeline.core.records.record import Record

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class BypassNote(Model):
    """An exception that was used: what it excused, why, who answers, until when."""

    finding: Text
    reason: Text
    owner: Text
    expires: Time


class TrackingRecord(Record):
    """What a release is known by; `None` is what its evidence does not say."""

    artifact_name: Text
    artifact_type: Text
    build_pipeline: Text | None
    build_timestamp: Time | None
    signing_status: Literal["signed_by_local_key", "signed_under_rooted_trust"]
    provenance_status: Literal["absent", "signed"]
    dependency_snapshot: Artifact | None
    bypass_notes: tuple[BypassNote, ...]


def make(ground: Ground, policy: TrackingPolicy) -> TrackingRecord:
    """Return the tracking record of a phase."""
    lineage = ground.lineage
    rooted = ground.rooted
    return TrackingRecord(
        **ground.head("tracking", policy.id),
        artifact_name=policy.artifact_name,
        artifact_type=policy.artifact_type.value,
        build_pipeline=lineage.build_workflow,
        build_timestamp=lineage.built_at,
        signing_status="signed_under_rooted_trust" if rooted else "signed_by_local_key",
        provenance_status="signed" if lineage.statements else "absent",
        dependency_snapshot=lineage.dependency_snapshot,
        bypass_notes=tuple(
            BypassNote(
                finding=used.finding, reason=used.reason, owner=used.owner, expires=used.expires
            )
            for used in ground.exceptions
        ),
    )
