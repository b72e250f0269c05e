"""What a canary ring saw, as JSON lines: one line for an interval, an arm and a metric.

`{"interval": 1, "arm": "canary", "metric": "error_rate:/review", "n": 100, "bad": 3}` counts
failures; `{"interval": 1, "arm": "baseline", "metric": "latency_ms", "n": 100, "buckets":
{"10": 40, "50": 90, "+Inf": 100}}` counts answers no slower than a bound, cumulatively, in ms.
Source: the public interface's `canary.judge`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from pipeline.core.canonical import MalformedError, canonical, load_json

MAX_LINES = 200_000
"""Most samples that are read; more are a problem, not a reason to read on."""
INFINITE = "+Inf"
"""The last bucket: every answer, and every request that got none."""
LATENCY = "latency_ms"
"""The metric of the answers' latency, in ms, over all surfaces."""
ERRORS = "error_rate"
"""The metric of failed requests, over all surfaces; `ERRORS:SURFACE` is that of one."""
BOUNDS = tuple(
    f"{(Decimal(base) * 10**power / 100).normalize():f}"
    for power in range(5)
    for base in (100, 125, 160, 200, 250, 315, 400, 500, 630, 800)
)
"""The latency buckets that we record, in ms: ten to a decade (ISO 3, R10), from 1 to 80,000."""

_BOUND = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?")
_LONGEST_NAME = 300
_MOST_BUCKETS = 1000
_LONGEST_LINE = 65_536
_LARGEST_COUNT = 10**12
_COMMON = {"interval", "arm", "metric", "n"}


class Arm(StrEnum):
    """The two sides of a canary."""

    BASELINE = "baseline"
    CANARY = "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line: how many requests, and how many of them failed or how slow they were."""

    interval: int
    arm: Arm
    metric: str
    n: int
    bad: int | None = None
    buckets: tuple[tuple[str, int], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the line: canonical JSON and a line feed."""
        value: dict[str, Any] = {
            "interval": self.interval,
            "arm": self.arm.value,
            "metric": self.metric,
            "n": self.n,
        }
        if self.bad is not None:
            value["bad"] = self.bad
        else:
            value["buckets"] = dict(self.buckets)
        return canonical(value) + b"\n"


def error_rate_of(surface: str) -> str:
    """Return the name of a surface's error rate."""
    return f"{ERRORS}:{surface}"


def write(samples: tuple[Sample, ...]) -> bytes:
    """Return the bytes of `samples.jsonl`."""
    return b"".join(sample.to_bytes() for sample in samples)


def read(data: bytes) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """Read recorded samples; what is no sample becomes a problem in words. Never raises."""
    samples: list[Sample] = []
    problems: list[str] = []
    lines = data.split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    if len(lines) > MAX_LINES:
        return (), (f"{len(lines)} lines of samples are more than the {MAX_LINES} allowed",)
    for number, line in enumerate(lines, 1):
        try:
            samples.append(_sample(load_json(line, limit=_LONGEST_LINE)))
        except (MalformedError, ValueError) as error:
            problems.append(f"line {number}: {str(error)[:200]}")
    return tuple(samples), tuple(problems)


def _sample(value: object) -> Sample:
    if not isinstance(value, dict) or not set(value) > _COMMON:
        raise MalformedError("a sample has interval, arm, metric, n, and bad or buckets")
    kind = set(value) - _COMMON
    metric = value["metric"]
    if not isinstance(metric, str) or not metric or len(metric) > _LONGEST_NAME:
        raise MalformedError("metric is no name")
    n = _count(value["n"], "n")
    sample = Sample(
        interval=_count(value["interval"], "interval"), arm=Arm(value["arm"]), metric=metric, n=n
    )
    if kind == {"bad"}:
        bad = _count(value["bad"], "bad")
        if bad > n:
            raise MalformedError(f"{bad} bad of {n} requests")
        return replace(sample, bad=bad)
    if kind == {"buckets"}:
        return replace(sample, buckets=_buckets(value["buckets"], n))
    raise MalformedError(f"this judge takes bad or buckets, not {', '.join(sorted(kind))}")


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_COUNT:
        raise MalformedError(f"{name} is no count")
    return value


def _buckets(value: object, n: int) -> tuple[tuple[str, int], ...]:
    """Check cumulative buckets: bounds rise, counts never fall, `+Inf` holds every request."""
    if not isinstance(value, dict) or value.get(INFINITE) is None or len(value) > _MOST_BUCKETS:
        raise MalformedError(f"buckets is an object that ends with {INFINITE}")
    finite = [bound for bound in value if bound != INFINITE]
    if not finite or not all(_BOUND.fullmatch(bound) for bound in finite):
        raise MalformedError("a bucket's bound is a decimal number")
    ordered = sorted(finite, key=Fraction)
    if len({Fraction(bound) for bound in finite}) != len(finite):
        raise MalformedError("two buckets have one bound")
    pairs = tuple((bound, _count(value[bound], "a bucket")) for bound in [*ordered, INFINITE])
    counts = [count for _, count in pairs]
    if counts != sorted(counts) or counts[-1] != n:
        raise MalformedError(f"buckets are cumulative and end with n, which is {n}")
    return pairs
