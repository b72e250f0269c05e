"""What an adoption must show of itself: the policy's names, and where each of them is found.

Source: the release record adoption policies of the design's source page, "required adoption
evidence".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVIDENCE: dict[str, str] = {
    "source_bundle": "source_bundle",
    "review_contract": "review_contract",
    "generated_records": "generated_records",
    "origin_class": "origin_class_at_adoption",
    "review_reference": "review_reference",
    "adopter_identity": "adopter",
    "adopted_record_ids": "adopted_record_ids",
    "source_policies": "source_policies",
    "current_policies": "current_policies",
    "policies_status": "policies_status",
}
"""The name in the policy to the field of the adoption record that must not be empty."""


def missing_evidence(required: Iterable[str], record: Mapping[str, Any]) -> list[str]:
    """Return the required names that an adoption record does not show; unknown ones are missing."""
    return [name for name in required if not record.get(EVIDENCE.get(name, ""))]
