"""Gate `tracking`: a release is known by what its tracking policy asks for.

1. Every identity field is found. The origin class is: verification derives it.
2. Name and type are the policy's, and the set's id is made as it says: never of the phase.
3. The record's artifacts are exactly those that the release had at its stage: one version, one set.
4. Under `no_bypass`, no exception was used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged, new_release
from pipeline.core.policies import TrackingPolicy
from pipeline.core.policies.tracking import HotfixRule, IdentityField
from pipeline.core.records.tracking import TrackingRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release that its tracking record does not make known."""
    for policy, said, kept in each_record(
        case, RecordFamily.TRACKING, TrackingPolicy, TrackingRecord
    ):
        yield from judged(
            "tracking", said, _judge(case, policy, said, kept), "makes the release known"
        )


def _judge(
    case: Case, policy: TrackingPolicy, said: Said, kept: TrackingRecord
) -> Iterator[Finding]:
    values = _values(said, kept)
    absent = [field.value for field in policy.identity_fields if not values[field]]
    mend = new_release(case, "let the stages emit what says so")
    where = said.bundle_digest
    if absent:  # rule 1
        words = f"{kept.record_id} has no {', '.join(absent)}"
        yield hold("tracking.identity_fields", words, where, command=mend)
    own = (policy.artifact_name, policy.artifact_type.value, case.context.identity.artifact_set_id)
    has = (kept.artifact_name, kept.artifact_type, kept.artifact_set_id)
    if has != own:  # rule 2
        words = f"{kept.record_id} is of {', '.join(has)}; the policy says {', '.join(own)}"
        yield hold("tracking.artifact_name", words, where, command=mend)
    has_files = sorted((item.name, item.digest) for item in kept.artifacts)
    if has_files != _released(case, kept.stage):  # rule 3
        words = f"{kept.record_id} is about other artifacts than the release has"
        yield hold("tracking.release_identity_rule", words, where, command=mend)
    if policy.hotfix_rule is HotfixRule.NO_BYPASS and kept.bypass_notes:  # rule 4
        used = ", ".join(note.finding for note in kept.bypass_notes)
        words = f"{kept.record_id} went on by exceptions ({used}), and none may be used"
        yield hold("tracking.hotfix_rule", words, where, command=mend)


def _released(case: Case, stage_id: str) -> list[tuple[str, str]]:
    """Return what the release consisted of once a stage had passed, by name."""
    order = [item.result.stage for item in case.evidence.stages]
    upto = order.index(stage_id) + 1 if stage_id in order else 0
    there = replace(case.evidence, stages=case.evidence.stages[:upto])
    return sorted((name, str(digest)) for name, digest in there.artifacts.items())


def _values(said: Said, kept: TrackingRecord) -> Mapping[IdentityField, object]:
    return {
        IdentityField.ARTIFACT_NAME: kept.artifact_name,
        IdentityField.ARTIFACT_TYPE: kept.artifact_type,
        IdentityField.ARTIFACT_VERSION: kept.artifact_version,
        IdentityField.SOURCE_REVISION: kept.source_revision,
        IdentityField.ORIGIN_CLASS: said.origin,
        IdentityField.BUILD_PIPELINE: kept.build_pipeline,
        IdentityField.BUILD_TIMESTAMP: kept.build_timestamp,
        IdentityField.ARTIFACT_DIGEST: kept.artifacts,
        IdentityField.RELEASE_CHANNEL: kept.release_channel,
        IdentityField.SIGNING_STATUS: kept.signing_status,
        IdentityField.PROVENANCE_STATUS: kept.provenance_status != "absent",
        IdentityField.DEPENDENCY_SNAPSHOT: kept.dependency_snapshot,
    }
