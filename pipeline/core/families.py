"""The nine record families, and which policy family each answers to."""

from enum import StrEnum


class RecordFamily(StrEnum):
    """What a record is about; also the name of its file (`records/FAMILY.json`)."""

    TRACKING = "tracking"
    ATTESTATION = "attestation"
    APPROVAL_AUTHORITY = "approval_authority"
    PROMOTION = "promotion"
    SMOKE_VERIFICATION = "smoke_verification"
    ROLLBACK_TARGET = "rollback_target"
    LINKAGE = "linkage"
    ADOPTION = "adoption"
    CANARY = "canary"


POLICY_OF: dict[RecordFamily, str] = {
    RecordFamily.TRACKING: "tracking",
    RecordFamily.ATTESTATION: "attestation_artifact",
    RecordFamily.APPROVAL_AUTHORITY: "approval_authority",
    RecordFamily.PROMOTION: "promotion",
    RecordFamily.SMOKE_VERIFICATION: "smoke_verification",
    RecordFamily.ROLLBACK_TARGET: "rollback",
    RecordFamily.LINKAGE: "linkage",
    RecordFamily.ADOPTION: "adoption",
    RecordFamily.CANARY: "canary",
}
"""Record family → the policy family whose policy a record names."""

LINKED = tuple(
    family
    for family in RecordFamily
    if family not in {RecordFamily.LINKAGE, RecordFamily.ADOPTION, RecordFamily.CANARY}
)
"""The families that a linkage policy may tie together: a phase's own, told by its evidence."""
STAGED = tuple(family for family in RecordFamily if family is not RecordFamily.ADOPTION)
"""The families that a stage may emit; an adoption is recorded when it is applied."""
