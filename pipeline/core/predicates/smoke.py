"""`smoke/v1`: the checks against the live target after a deployment."""

from __future__ import annotations

from pipeline.core.model import Model
from pipeline.core.predicates.fields import CheckVerdict, DigestText, Text


class SmokeVerdict(Model):
    """One smoke check against the live target: in which round, what came of it."""

    id: Text
    round: int
    verdict: CheckVerdict
    reason: Text
    status: int | None


class Smoke(Model):
    """All smoke checks of a target, once at first and again after the bake time.

    `installed` is what was measured on the target for this statement, before the checks.
    """

    target: Text
    artifact: DigestText
    installed: DigestText
    bake_seconds: int
    rounds: int
    checks: tuple[SmokeVerdict, ...]
