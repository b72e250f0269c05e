"""The literal table of the record families: the model of each."""

from __future__ import annotations

from pipeline.core.families import RecordFamily
from pipeline.core.records.adoption import AdoptionRecord
from pipeline.core.records.approval_authority import AuthorityRecord
from pipeline.core.records.attestation import AttestationRecord
from pipeline.core.records.canary import CanaryRecord
from pipeline.core.records.linkage import LinkageRecord
from pipeline.core.records.promotion import PromotionRecord
from pipeline.core.records.record import Record
from pipeline.core.records.rollback_target import RollbackRecord
from pipeline.core.records.smoke_verification import SmokeRecord
from pipeline.core.records.tracking import TrackingRecord

RECORD_MODELS: dict[RecordFamily, type[Record]] = {
    RecordFamily.TRACKING: TrackingRecord,
    RecordFamily.ATTESTATION: AttestationRecord,
    RecordFamily.APPROVAL_AUTHORITY: AuthorityRecord,
    RecordFamily.PROMOTION: PromotionRecord,
    RecordFamily.SMOKE_VERIFICATION: SmokeRecord,
    RecordFamily.ROLLBACK_TARGET: RollbackRecord,
    RecordFamily.LINKAGE: LinkageRecord,
    RecordFamily.ADOPTION: AdoptionRecord,
    RecordFamily.CANARY: CanaryRecord,
}
"""Record family → its model."""
