"""`approval/v1`: a person or an authority approves exactly this evidence, once.

in-toto has no approval predicate (the proposals were closed), so this one is ours, openly.
"""

from __future__ import annotations

from pipeline.core.model import Model
from pipeline.core.predicates.fields import Artifact, DigestText, Text, Time


class Approval(Model):
    """What an approval binds: any later change of it voids the approval."""

    run: DigestText
    context: DigestText
    stage: Text
    target: Text
    channel: Text
    commit: Text
    stage_results: tuple[DigestText, ...]
    artifacts: tuple[Artifact, ...]
    ladder: DigestText
    policies: DigestText
    trust: DigestText
    live_state: DigestText
    rollback_target: DigestText | None
    shown: DigestText
    authority_kind: Text
    approver: Text | None
    reference: Text
    reason: Text
    nonce: Text
    issued_at: Time
    expires_at: Time
