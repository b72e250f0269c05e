"""The bounded traffic of a canary ring: the same requests to each arm, at the same time.

Each interval sends `requests` to every arm, in turn over the surfaces, `concurrency` in flight at
once to each arm. Arms are asked alternately (ABBA), so that whatever disturbs this machine disturbs
both. A request without an answer, or with a status of 400 and more, is bad; one without an answer
is slower than every bucket.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
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
    plan = _plan(rule, list(origins))
    with contextlib.ExitStack() as stack:
        clients = {
            arm: stack.enter_context(
                LoopbackClient(origin, timeout=TIMEOUT, connections=rule.concurrency)
            )
            for arm, origin in origins.items()
        }
        pool = stack.enter_context(ThreadPoolExecutor(rule.concurrency * len(origins)))
        seen = list(pool.map(lambda turn: _ask(clients[turn[0]], *turn), plan))
    samples: list[Sample] = []
    for arm in origins:
        mine = [one for one in seen if one.arm is arm]
        samples += [_errors(interval, arm, surface, mine) for surface in planned(rule)]
        samples.append(_latency(interval, arm, mine))
    return tuple(samples)


def _plan(rule: CanaryRule, arms: list[Arm]) -> list[tuple[Arm, str]]:
    """Return the requests in order: surface by surface in turn, the arms alternating."""
    surfaces = list(planned(rule))
    plan = []
    for at in range(rule.requests):
        turn = arms if at % 2 == 0 else arms[::-1]
        plan += [(arm, surfaces[at % len(surfaces)]) for arm in turn]
    return plan


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
