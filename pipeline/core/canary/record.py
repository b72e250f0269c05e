"""From samples to the signed statement, and the same way again from what was recorded."""

from __future__ import annotations

from typing import Any

from pipeline.core.canary.judge import judge
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.policies.canary import CanaryRule
from pipeline.core.predicates.canary import Baseline, Canary


def record(rule: CanaryRule, samples: bytes, *, baseline: Baseline, canary: Digest) -> Canary:
    """Judge samples and return the predicate that says so."""
    judgement = judge(rule, samples, beside_baseline=baseline.kind == "released_wheel")
    return Canary(
        rule=rule.to_dict(),
        baseline=baseline,
        canary=str(canary),
        samples=str(Digest.of(samples)),
        requests_per_arm=rule.requests * rule.intervals,
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        metrics=judgement.metrics,
    )


def rejudge(predicate: dict[str, Any], samples: bytes) -> Canary:
    """Judge recorded samples again by the rule that the predicate names.

    The result equals the predicate exactly, or the recorded verdict does not follow from the
    samples. `MalformedError` if these are not the samples that the predicate speaks of.
    """
    recorded = Canary.from_json(predicate)
    if str(Digest.of(samples)) != recorded.samples:
        raise MalformedError("the samples are not those that the canary's statement names")
    rule = CanaryRule.from_json(recorded.rule)
    return record(rule, samples, baseline=recorded.baseline, canary=Digest.parse(recorded.canary))
