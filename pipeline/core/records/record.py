"""What every record has: which release, run, phase, policy and approval it is of.

No record says its own origin class: that is derived when its signature is verified.
"""

from __future__ import annotations

from enum import StrEnum

from pipeline.core.model import Model
from pipeline.core.predicates.fields import Artifact, DigestText, Text, Time
from pipeline.core.release import Phase


class Record(Model):
    """The head that all record families share."""

    family: Text
    record_id: Text
    """`CHANNEL__GATE__VERSION__RUN__PHASE__POLICY_ID`."""
    policy: Text
    policies: DigestText
    """The snapshot of all policies when the record was made."""
    run: DigestText
    context: DigestText
    approval_record_id: Text | None
    gate_id: Text
    artifact_version: Text
    artifact_set_id: Text
    source_revision: Text
    deployment_stage: Text
    """The target."""
    release_channel: Text
    phase: Phase
    stage: Text
    """The stage whose passing attempt the record was made with."""
    artifacts: tuple[Artifact, ...]
    recorded_at: Time


class TrustedArtifact(StrEnum):
    """How far an artifact may be relied upon."""

    NOTHING_LIVE = "nothing_was_live"
    DOCUMENTED = "documented_only"
    ROOTED = "signed_under_rooted_trust"
