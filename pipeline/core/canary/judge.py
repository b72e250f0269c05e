"""The plain judge: a fixed number of requests, compared once, when all of them are in.

It looks at the samples one time, at the end, and compares point estimates with limits. It makes no
statement about chance: a difference inside the margin is a pass however few requests showed it,
beyond `min_samples`. A sequential judge, whose false-alarm rate holds however often it looks, takes
its place later; until then a rule's margins must leave room for noise.

The rules, cited below by number:

1. Every line is a sample of the form in `samples`; no line at all is no data.
2. Each interval of the rule, each arm that takes part and each metric has exactly one sample, and
   there is no sample beside these.
3. Each sample counts exactly the requests that the rule sends (no sample-ratio mismatch).
4. Each arm has at least `min_samples` requests over all intervals.
5. An error rate passes at or below the objective, and, beside a baseline, at or below the
   baseline's rate plus the margin. So it is for all surfaces together and for each of them.
6. The latency's 95th percentile, taken as the upper bound of its bucket, passes at or below the
   objective and, beside a baseline, at or below the baseline's times the ratio. A request without
   an answer is slower than every bound.
7. A metric whose samples break 1 to 4 is INCONCLUSIVE. One metric that fails fails the canary; else
   one that is inconclusive, or any line that does not belong, makes it INCONCLUSIVE. PASS is left.

Making the canary worse (more of its requests bad, or slower) never turns a verdict that is not PASS
into PASS, nor FAIL into something else: 1 to 4 do not look at `bad` or at times, 5 and 6 compare a
number that grows with a limit that does not move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeline.core.canary.samples import (
    ERRORS,
    INFINITE,
    LATENCY,
    Arm,
    Sample,
    error_rate_of,
    read,
)
from pipeline.core.policies.canary import CanaryRule
from pipeline.core.predicates.canary import JudgeVerdict, MetricVerdict

_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict over all metrics, each metric's own, and what else was wrong with the samples."""

    verdict: JudgeVerdict
    metrics: tuple[MetricVerdict, ...]
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "verdict": self.verdict,
            "metrics": [metric.to_dict() for metric in self.metrics],
            "reasons": list(self.reasons),
        }


class _UnfitError(Exception):
    """Samples that a metric cannot be judged from; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    rule: CanaryRule
    arms: tuple[Arm, ...]
    samples: tuple[Sample, ...]

    def taken(self, metric: str, arm: Arm, planned: int) -> list[Sample]:
        """Return an arm's samples of a metric, one for each interval, or say what is amiss."""
        found = [s for s in self.samples if s.metric == metric and s.arm is arm]
        per_interval = Counter(sample.interval for sample in found)
        for interval in range(1, self.rule.intervals + 1):  # rule 2
            if per_interval[interval] != 1:
                count = per_interval[interval]
                raise _UnfitError(f"{arm} has {count} samples in interval {interval}, not one")
        if len(found) != self.rule.intervals:
            raise _UnfitError(f"{arm} has samples outside the intervals of the rule")
        for sample in found:  # rule 3
            if planned == 0 or sample.n != planned:
                raise _UnfitError(
                    f"{arm} counts {sample.n} requests in interval {sample.interval}, the rule "
                    f"sends {planned}"
                )
        return found


def planned(rule: CanaryRule) -> dict[str, int]:
    """Return how many requests of an interval go to each surface of an arm, in turn."""
    surfaces = list(dict.fromkeys(rule.surfaces))
    share, rest = divmod(rule.requests, len(surfaces))
    return {surface: share + (at < rest) for at, surface in enumerate(surfaces)}


def judge(rule: CanaryRule, samples: bytes, *, beside_baseline: bool) -> Judgement:
    """Judge recorded samples by a rule; the same bytes always give the same judgement.

    Without a baseline the canary's objectives are all that there is to compare with.
    """
    taken, problems = read(samples)  # rule 1
    arms = (Arm.BASELINE, Arm.CANARY) if beside_baseline else (Arm.CANARY,)
    case = _Case(rule=rule, arms=arms, samples=taken)
    reasons = [*problems, *_strangers(case)]
    if not taken:
        reasons.append("there is no sample: no data is no pass")
    metrics = (
        _rate(case, ERRORS, planned(rule)),
        *(_rate(case, error_rate_of(s), {s: n}) for s, n in planned(rule).items()),
        _latency(case),
    )
    verdicts = {metric.verdict for metric in metrics}  # rule 7
    verdict: JudgeVerdict = "PASS"
    if "FAIL" in verdicts:
        verdict = "FAIL"
    elif reasons or verdicts != {"PASS"}:
        verdict = "INCONCLUSIVE"
    return Judgement(verdict=verdict, metrics=metrics, reasons=tuple(reasons[:100]))


def _strangers(case: _Case) -> list[str]:
    known = {error_rate_of(surface) for surface in planned(case.rule)} | {LATENCY}
    return sorted(
        {
            f"samples of {sample.metric} in arm {sample.arm} do not belong to the rule"
            for sample in case.samples
            if sample.metric not in known or sample.arm not in case.arms
        }
    )


def _rate(case: _Case, metric: str, surfaces: dict[str, int]) -> MetricVerdict:
    def measure(arm: Arm) -> tuple[Fraction, int]:
        bad = total = 0
        for surface, count in surfaces.items():
            for sample in case.taken(error_rate_of(surface), arm, count):
                if sample.bad is None:
                    raise _UnfitError(f"{arm} has no count of failures")
                bad, total = bad + sample.bad, total + sample.n
        if metric == ERRORS and total < case.rule.min_samples:  # rule 4
            raise _UnfitError(f"{arm} has {total} requests, fewer than {case.rule.min_samples}")
        return Fraction(bad, total), total

    rule = case.rule  # rule 5
    most, margin = Fraction(rule.objectives.error_rate), Fraction(rule.margins.error_rate)
    return _compare(case, metric, measure, most, lambda baseline: baseline + margin)


def _latency(case: _Case) -> MetricVerdict:
    def measure(arm: Arm) -> tuple[Fraction | None, int]:
        found = case.taken(LATENCY, arm, case.rule.requests)
        total = sum(sample.n for sample in found)
        if total < case.rule.min_samples:  # rule 4
            raise _UnfitError(f"{arm} has {total} requests, fewer than {case.rule.min_samples}")
        return _p95(arm, found, total), total

    rule = case.rule  # rule 6
    most, ratio = Fraction(rule.objectives.p95_ms), Fraction(rule.margins.p95_ratio)
    return _compare(case, LATENCY, measure, most, lambda baseline: baseline * ratio)


def _p95(arm: Arm, found: Sequence[Sample], total: int) -> Fraction | None:
    """Return the upper bound of the bucket that holds the 95th percentile; `None` beyond all."""
    bounds = [bound for bound, _ in found[0].buckets]
    if not bounds or any([b for b, _ in sample.buckets] != bounds for sample in found):
        raise _UnfitError(f"{arm} has not the same buckets in every interval")
    rank = -(-95 * total // 100)
    for at, bound in enumerate(bounds):
        if sum(sample.buckets[at][1] for sample in found) >= rank:
            return None if bound == INFINITE else Fraction(bound)
    return None


def _compare(
    case: _Case,
    metric: str,
    measure: Callable[[Arm], tuple[Fraction | None, int]],
    most: Fraction,
    beside: Callable[[Fraction], Fraction],
) -> MetricVerdict:
    limit, baseline = most, None
    try:
        canary, samples = measure(Arm.CANARY)
        if Arm.BASELINE in case.arms:
            baseline, _ = measure(Arm.BASELINE)
            limit = most if baseline is None else min(most, beside(baseline))
    except _UnfitError as error:
        return MetricVerdict(
            metric=metric,
            verdict="INCONCLUSIVE",
            reason=str(error),
            baseline=None,
            canary=None,
            limit=decimal(most),
            samples=0,
        )
    passes = canary is not None and canary <= limit
    shown = "no answer" if canary is None else decimal(canary)
    return MetricVerdict(
        metric=metric,
        verdict="PASS" if passes else "FAIL",
        reason=f"{shown} is {'within' if passes else 'beyond'} the limit {decimal(limit)}",
        baseline=None if baseline is None else decimal(baseline),
        canary=None if canary is None else decimal(canary),
        limit=decimal(limit),
        samples=samples,
    )


def decimal(value: Fraction) -> str:
    """Write a number as a decimal string of at most six places, halves rounded up."""
    scaled = (value * 10**_DIGITS * 2 + 1) // 2
    whole, part = divmod(abs(scaled), 10**_DIGITS)
    places = f"{part:0{_DIGITS}d}".rstrip("0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole}.{places}" if places else f"{sign}{whole}"
