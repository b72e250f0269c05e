"""The bounded traffic of a canary ring: the same requests to each arm, at the same time.

Each interval sends `requests` to every arm, in turn over the surfaces, `concurrency` in flight at
once to each arm. Both arms are asked at the same time, so that whatever disturbs this machine
disturbs both. A request without an answer, or with a status of 400 and more, is bad; one without
an answer is slower than every bucket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.canary.judge import planned
from pipeline.core.canary.samples import (
    BOUNDS,
    INFINITE,
    LATENCY,
    Arm,
    Sample,
    error_rate_of,
)
from pipeline.core.policies.canary import CanaryRule
from pipeline.edges.http import LoopbackClient, NoAnswerError

TIMEOUT = 5.0
"""Seconds that a request may take."""
_BAD = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    arm: Arm
    surface: str
    good: bool
    milliseconds: float | None


def run(rule: CanaryRule, origins: Mapping[Arm, str], interval: int) -> tuple[Sample, ...]:
    """Send one interval's requests to each arm's origin and return what was seen.

    Bounded: `requests` of at most `TIMEOUT` seconds each to each arm.
    """
    surfaces = list(planned(rule))
    plan = [surfaces[at % len(surfaces)] for at in range(rule.requests)]
    lanes = [
        (arm, origin, plan[lane :: rule.concurrency])
        for lane in range(rule.concurrency)
        for arm, origin in origins.items()
    ]
    with ThreadPoolExecutor(len(lanes)) as pool:
        seen = [one for lane in pool.map(lambda lane: _lane(*lane), lanes) for one in lane]
    samples: list[Sample] = []
    for arm in origins:
        mine = [one for one in seen if one.arm is arm]
        samples += [_errors(interval, arm, surface, mine) for surface in surfaces]
        samples.append(_latency(interval, arm, mine))
    return tuple(samples)


def _lane(arm: Arm, origin: str, surfaces: Sequence[str]) -> list[_Seen]:
    """Ask for one surface after the other, over a connection that nobody else uses."""
    with LoopbackClient(origin, timeout=TIMEOUT) as client:
        return [_ask(client, arm, surface) for surface in surfaces]


def _ask(client: LoopbackClient, arm: Arm, surface: str) -> _Seen:
    try:
        answer = client.request("GET", surface)
    except NoAnswerError:
        return _Seen(arm=arm, surface=surface, good=False, milliseconds=None)
    good = answer.status < _BAD
    return _Seen(arm=arm, surface=surface, good=good, milliseconds=answer.milliseconds)


def _errors(interval: int, arm: Arm, surface: str, seen: list[_Seen]) -> Sample:
    mine = [one for one in seen if one.surface == surface]
    bad = sum(not one.good for one in mine)
    metric = error_rate_of(surface)
    return Sample(interval=interval, arm=arm, metric=metric, n=len(mine), bad=bad)


def _latency(interval: int, arm: Arm, seen: list[_Seen]) -> Sample:
    times = [one.milliseconds for one in seen if one.milliseconds is not None]
    buckets = [(bound, sum(time <= Fraction(bound) for time in times)) for bound in BOUNDS]
    return Sample(
        interval=interval,
        arm=arm,
        metric=LATENCY,
        n=len(seen),
        buckets=(*buckets, (INFINITE, len(seen))),
    )
