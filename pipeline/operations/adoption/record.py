"""The adoption record of a phase: what it says follows from the contract and from who adopts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.families import RecordFamily
from pipeline.core.release import Phase
from pipeline.core.statement import Statement, Subject, record_type
from pipeline.operations.adoption.drafts import FAMILY, adoption_id
from pipeline.operations.adoption.sources import records

if TYPE_CHECKING:
    from pipeline.core.adoption import Contract
    from pipeline.operations.adoption.sources import Sources

ADOPTION_RECORD = record_type(RecordFamily.ADOPTION)
_TAKEN = (
    *("run", "context", "approval_record_id", "gate_id", "artifact_version", "artifact_set_id"),
    *("source_revision", "deployment_stage", "release_channel", "phase", "stage", "artifacts"),
)
"""What an adoption record takes over from the records that it adopts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who adopts, by which review, and when."""

    adopter: str
    reference: str
    at: str


def statement(contract: Contract, sources: Sources, phase: Phase, act: Act) -> Statement:
    """Return the statement that a phase's adoption record is, ready to be signed."""
    subjects = tuple(
        Subject(name=item.name, digest=Digest.parse(item.digest)) for item in contract.artifacts
    )
    return Statement(
        predicate_type=ADOPTION_RECORD,
        subjects=subjects,
        predicate=predicate(contract, sources, phase, act),
    )


def predicate(contract: Contract, sources: Sources, phase: Phase, act: Act) -> dict[str, Any]:
    """Return what a phase's adoption record says."""
    source = next(one for one in contract.sources if one.phase is phase)
    adopted = contract.of_phase(phase)
    first = next(one for one in records(sources) if one.record.record_id == adopted[0].record_id)
    head = {name: first.believed.statement.predicate[name] for name in _TAKEN}
    return {
        **head,
        "record_id": adoption_id(contract, phase),
        "family": FAMILY,
        "policy": contract.adoption_policy,
        "policies": contract.current_policies,
        "recorded_at": act.at,
        "families": [record.family for record in adopted],
        "source_bundle": {"manifest": source.manifest, "seal": source.seal},
        "review_contract": contract.contract_hash,
        "generated_records": [
            {
                "record_id": record.record_id,
                "family": record.family,
                "path": record.path,
                "digest": record.digest,
            }
            for record in adopted
        ],
        "adopter": act.adopter,
        "review_reference": act.reference,
        "adopted_record_ids": [record.record_id for record in adopted],
        "source_policies": adopted[0].policies,
        "current_policies": contract.current_policies,
        "policies_status": contract.policies_status.value,
        "origin_class_at_adoption": contract.origin_class.value,
    }
