"""The ring's traffic: as many requests as the rule says, to each arm, and no failure of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.canary.judge import planned
from pipeline.core.canary.samples import LATENCY, Arm
from pipeline.core.policies.canary import CanaryRule
from pipeline.edges import service
from pipeline.operations import traffic
from tests import services

RULE = CanaryRule.from_json(
    {
        "id": "canary_rule.here.page",
        "ring": "loopback",
        "surfaces": ["/page", "/version", "/nowhere"],
        "requests": 50,
        "intervals": 1,
        "concurrency": 4,
        "objectives": {"error_rate": "0", "p95_ms": "2000"},
        "margins": {"error_rate": "0", "p95_ratio": "2"},
        "min_samples": 50,
    }
)


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    config = services.target()
    assert config.service is not None
    assert config.health is not None
    marker = service.new_marker("test-traffic:")
    launch = service.Launch(
        service=config.service,
        health=config.health,
        python=Path(sys.executable),
        variables={"PYTHONPATH": str(services.wheel(tmp_path, "1.0"))},
        folder=tmp_path,
        log=tmp_path / "log",
        marker=marker,
    )
    yield service.start(launch).url
    service.stop(marker, grace=1)


def test_each_arm_gets_the_planned_requests_and_a_busy_client_loses_none(origin: str) -> None:
    origins = {Arm.BASELINE: origin, Arm.CANARY: origin}
    for interval in range(1, 11):
        samples = traffic.run(RULE, origins, interval)
        assert len(samples) == 2 * 4
        for arm in origins:
            found = {s.metric: s for s in samples if s.arm is arm}
            for surface, count in planned(RULE).items():
                rate = found[f"error_rate:{surface}"]
                bad = count if surface == "/nowhere" else 0
                assert (rate.interval, rate.n, rate.bad) == (interval, count, bad)
            latency = dict(found[LATENCY].buckets)
            assert latency["80000"] == latency["+Inf"] == found[LATENCY].n == RULE.requests


def test_requests_without_an_answer_are_bad_and_slower_than_any_bound() -> None:
    samples = traffic.run(RULE, {Arm.CANARY: "http://127.0.0.1:9"}, 1)
    assert sum(s.bad or 0 for s in samples) == RULE.requests
    latency = dict(samples[-1].buckets)
    assert latency["80000"] == 0
    assert latency["+Inf"] == RULE.requests


def test_surfaces_share_the_requests_as_evenly_as_they_can() -> None:
    assert planned(RULE) == {"/page": 17, "/version": 17, "/nowhere": 16}
