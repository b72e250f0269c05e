"""`record-canary/v1`: how far a canary reached, how it was judged, and what that does not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.policies.canary import CanaryPolicy
from pipeline.core.predicates.canary import Canary, JudgeVerdict
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.core.records.record import Record
from pipeline.core.statement import CANARY

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed
    from pipeline.core.records.ground import Ground


class CanaryRecord(Record):
    """The rule and its boundary; the verdict is `None` where no canary was judged."""

    rule: Text
    rule_digest: DigestText
    ring: Text
    traffic: Text
    strategy: Text
    surfaces: tuple[Text, ...]
    evidence: tuple[Text, ...]
    prohibited_claims: tuple[Text, ...]
    verdict: JudgeVerdict | None
    requests_per_arm: int
    samples: DigestText | None
    statement: DigestText | None


def make(ground: Ground, policy: CanaryPolicy) -> CanaryRecord:
    """Return the canary record of a phase: of the newest canary under this very rule."""
    rule, boundary = policy.rule, policy.boundary
    found: Believed | None = None
    judged: Canary | None = None
    for item in ground.statements:
        if item.statement.predicate_type == CANARY:
            said = Canary.from_json(item.statement.predicate)
            if said.rule == rule.to_dict():
                found, judged = item, said
    return CanaryRecord(
        **ground.head("canary", policy.id),
        rule=rule.id,
        rule_digest=str(rule.digest),
        ring=rule.ring,
        traffic=boundary.traffic.value,
        strategy=boundary.strategy.value,
        surfaces=rule.surfaces,
        evidence=boundary.evidence,
        prohibited_claims=tuple(claim.value for claim in boundary.prohibited_claims),
        verdict=judged.verdict if judged is not None else None,
        requests_per_arm=judged.requests_per_arm if judged is not None else 0,
        samples=judged.samples if judged is not None else None,
        statement=str(found.bundle_digest) if found else None,
    )
