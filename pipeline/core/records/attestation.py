"""`record-attestation/v1`: which lineage a phase's evidence attests, and how well."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.core.model import Model
from pipeline.core.policies.attestation import IdentityClaim
from pipeline.core.policies.attestation_artifact import AttestationArtifactPolicy
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record
from pipeline.core.signer import SignerProof

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class Kind(StrEnum):
    """What the attestation is."""

    SNAPSHOT = "release_bundle_snapshot"
    """The lineage as this run's own evidence has it."""
    SIGNED = "signed_or_attested_release"
    """The same, signed under rooted trust."""
    MISSING = "missing_required_attestation_material"
    """The policy asks for more than there is."""


class Checked(StrEnum):
    """How far signatures prove it."""

    LOCAL = "local_lineage_only"
    ROOTED = "verified_under_rooted_trust"
    REQUIRED = "required_and_not_recorded"


class Claimed(Model):
    """An identity claim: what the provenance says, or `None`: it says nothing, or not one thing."""

    name: IdentityClaim
    value: Text | None


class AttestationRecord(Record):
    """The identity claims that were found, and what they rest on."""

    kind: Kind
    verification: Checked
    claims: tuple[Claimed, ...]
    provenance: tuple[DigestText, ...]
    """Digests of the bundles of the provenance that makes the claims."""
    signers: tuple[DigestText, ...]
    """Key ids that signed the provenance."""
    signer: SignerProof
    """The signer that had proven itself before it signed this record."""
    reference: Text


def make(ground: Ground, policy: AttestationArtifactPolicy) -> AttestationRecord:
    """Return the attestation record of a phase under one policy."""
    kind, checked = Kind.SNAPSHOT, Checked.LOCAL
    if ground.rooted:
        kind, checked = Kind.SIGNED, Checked.ROOTED
    elif policy.verification_required:
        kind, checked = Kind.MISSING, Checked.REQUIRED
    found = ground.lineage.claims()
    claims = tuple(Claimed(name=claim, value=found[claim]) for claim in policy.identity_claims)
    if not all(claim.value for claim in claims) or not ground.lineage.statements:
        kind = Kind.MISSING
    used = set(ground.lineage.statements)
    signers = {str(item.key_id) for item in ground.statements if str(item.bundle_digest) in used}
    return AttestationRecord(
        **ground.head("attestation", policy.id),
        kind=kind,
        verification=checked,
        claims=claims,
        provenance=ground.lineage.statements,
        signers=tuple(sorted(signers)),
        signer=ground.signer,
        reference=f"release_bundle:{ground.set_and_phase}",
    )
