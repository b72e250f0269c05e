"""`deployment/v1`: what was rolled out, in place of what, and what was measured there.

in-toto has no deployment predicate (the proposals were closed), so this one is ours, openly.
"""

from __future__ import annotations

from pipeline.core.model import Model
from pipeline.core.predicates.fields import Artifact, DigestText, Text


class LiveState(Model):
    """The state of a target: nothing is live (`empty`), or a version of an artifact is."""

    empty: bool
    artifact: DigestText | None
    version: Text | None
    installed: DigestText | None


class Deployment(Model):
    """One rollout of one artifact to one target.

    `measured` is the digest of the artifact's installed files; `environment` covers all that is
    installed with it, and where its interpreter lies, so it differs from machine to machine.
    """

    target: Text
    driver: Text
    artifact: Artifact
    version: Text
    state_before: LiveState
    state_after: LiveState
    rollback_target: LiveState
    measured: DigestText
    environment: DigestText
    health: Text
    key: DigestText
    token: int
