"""`canary/v1`: a bounded ring ran the artifact beside a baseline, and was judged."""

from __future__ import annotations

from typing import Any, Literal

from pipeline.core.model import Model
from pipeline.core.predicates.fields import Decimal, DigestText, Text

JudgeVerdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]


class Baseline(Model):
    """What the canary was compared with."""

    kind: Literal["released_wheel", "declared_objectives"]
    version: Text | None
    digest: DigestText | None


class MetricVerdict(Model):
    """One judged metric: both arms' values, the limit, and why."""

    metric: Text
    verdict: JudgeVerdict
    reason: Text
    baseline: Decimal | None
    canary: Decimal | None
    limit: Decimal
    samples: int


class Canary(Model):
    """The canary's verdict with its rule, the digest of its samples, and the reasons.

    Everything from `verdict` on follows from rule, samples and whether there was a baseline:
    `core.canary.record.rejudge` finds it again. `reasons` are what was wrong beside the metrics.
    """

    rule: dict[str, Any]
    baseline: Baseline
    canary: DigestText
    samples: DigestText
    requests_per_arm: int
    verdict: JudgeVerdict
    reasons: tuple[Text, ...]
    metrics: tuple[MetricVerdict, ...]
