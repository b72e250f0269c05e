"""The canary's judge: what passes, what fails, and that nothing wrong ever passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canary.judge import decimal, judge
from pipeline.core.canary.record import record, rejudge
from pipeline.core.canary.samples import BOUNDS, Arm, Sample, read, write
from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.policies.canary import CanaryRule
from pipeline.core.predicates.canary import Baseline

RULE: dict[str, Any] = {
    "id": "canary_rule.staging.web",
    "ring": "loopback",
    "surfaces": ["/review", "/config.json"],
    "requests": 20,
    "intervals": 2,
    "concurrency": 2,
    "objectives": {"error_rate": "0.1", "p95_ms": "500"},
    "margins": {"error_rate": "0.05", "p95_ratio": "2"},
    "min_samples": 40,
}
BESIDE = Baseline(kind="released_wheel", version="1.0", digest=str(Digest.of(b"wheel")))
ALONE = Baseline(kind="declared_objectives", version=None, digest=None)


def rule(**changes: object) -> CanaryRule:
    return CanaryRule.from_json({**RULE, **changes})


def lines(
    *, arms: tuple[str, ...] = ("baseline", "canary"), bad: int = 0, slow: int = 0
) -> list[Any]:
    """Return good samples; `bad` and `slow` worsen each of the canary's."""
    found: list[Any] = []
    for interval in (1, 2):
        for arm in arms:
            worse, late = (bad, slow) if arm == "canary" else (0, 0)
            common: dict[str, Any] = {"interval": interval, "arm": arm}
            found += [
                {**common, "metric": f"error_rate:{surface}", "n": 10, "bad": worse}
                for surface in RULE["surfaces"]
            ]
            buckets = {"10": 12 - min(late, 12), "50": 20 - late, "+Inf": 20}
            found.append({**common, "metric": "latency_ms", "n": 20, "buckets": buckets})
    return found


def encode(values: list[Any]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def verdict(values: list[Any], *, beside: bool = True, **changes: object) -> str:
    return judge(rule(**changes), encode(values), beside_baseline=beside).verdict


def test_an_equal_canary_passes_beside_a_baseline_and_alone() -> None:
    assert verdict(lines()) == "PASS"
    assert verdict(lines(arms=("canary",)), beside=False) == "PASS"


def test_the_limit_itself_passes_and_one_more_failure_does_not() -> None:
    alone = lines(arms=("canary",), bad=1)
    assert verdict(alone, beside=False) == "PASS"
    alone[0]["bad"] = 2
    assert verdict(alone, beside=False) == "FAIL"


def test_a_canary_worse_than_its_baseline_by_more_than_the_margin_fails() -> None:
    assert verdict(lines(bad=1)) == "FAIL"
    assert verdict(lines(bad=1), margins={"error_rate": "0.1", "p95_ratio": "2"}) == "PASS"


def test_a_bad_baseline_does_not_excuse_the_canary_from_the_objectives() -> None:
    both = lines(bad=5)
    for sample in both:
        if "bad" in sample:
            sample["bad"] = 5
    assert verdict(both) == "FAIL"


def test_one_broken_surface_fails_though_the_others_dilute_it() -> None:
    values = lines(arms=("canary",))
    values[0]["bad"] = values[3]["bad"] = 3
    assert (
        verdict(values, beside=False, objectives={"error_rate": "0.2", "p95_ms": "500"}) == "FAIL"
    )


def test_a_slow_canary_fails_and_no_answer_is_slower_than_any_bound() -> None:
    assert verdict(lines(), objectives={"error_rate": "0.1", "p95_ms": "49"}) == "FAIL"
    assert verdict(lines(slow=2)) == "FAIL"
    judgement = judge(rule(), encode(lines(slow=2)), beside_baseline=True)
    assert judgement.metrics[-1].canary is None
    assert judgement.metrics[-1].reason == "no answer is beyond the limit 100"


def test_the_ratio_to_the_baseline_counts() -> None:
    values = lines()
    for sample in values:
        if sample["arm"] == "baseline" and "buckets" in sample:
            sample["buckets"] = {"10": 20, "50": 20, "+Inf": 20}
    assert verdict(values) == "FAIL"
    assert verdict(values, margins={"error_rate": "0.05", "p95_ratio": "5"}) == "PASS"


ATTACKS: dict[str, Any] = {
    "nothing at all": lambda v: v.clear(),
    "a missing line": lambda v: v.pop(),
    "a missing interval": lambda v: v.__delitem__(slice(6, None)),
    "the baseline missing": lambda v: v.__setitem__(
        slice(None), [s for s in v if s["arm"] == "canary"]
    ),
    "the canary missing": lambda v: v.__setitem__(
        slice(None), [s for s in v if s["arm"] != "canary"]
    ),
    "a line twice": lambda v: v.append(v[0]),
    "another interval": lambda v: v.append({**v[0], "interval": 3}),
    "interval zero": lambda v: v[0].update(interval=0),
    "an unknown metric": lambda v: v.append({**v[0], "metric": "happiness"}),
    "an unknown arm": lambda v: v.append({**v[0], "arm": "third"}),
    "fewer requests than planned": lambda v: v[3].update(n=9),
    "more requests than planned": lambda v: v[3].update(n=11),
    "no requests": lambda v: v[3].update(n=0, bad=0),
    "truth for a number": lambda v: v[3].update(bad=False),
    "a text for a number": lambda v: v[3].update(bad="0"),
    "a null": lambda v: v[3].update(bad=None),
    "less than no failures": lambda v: v[3].update(bad=-1),
    "more failures than requests": lambda v: v[3].update(bad=11),
    "a mean": lambda v: v.append({**_common(v), "metric": "cpu", "mean": "1.0", "var": "0.1"}),
    "bad and buckets": lambda v: v[3].update(buckets={"10": 10, "+Inf": 10}),
    "an unknown field": lambda v: v[3].update(excuse="none"),
    "no last bucket": lambda v: v[5]["buckets"].pop("+Inf"),
    "falling buckets": lambda v: v[5]["buckets"].update({"10": 20, "50": 19}),
    "buckets that lose requests": lambda v: v[5]["buckets"].update({"+Inf": 19}),
    "a bound that is no number": lambda v: v[5]["buckets"].update({"NaN": 20}),
    "one bound twice": lambda v: v[5]["buckets"].update({"50.0": 20}),
    "other bounds in one interval": lambda v: v[5]["buckets"].update({"60": 20}),
    "failures for a latency": lambda v: v.__setitem__(
        5, {**_common(v), "metric": "latency_ms", "n": 20, "bad": 0}
    ),
    "latency for failures": lambda v: v.__setitem__(
        3,
        {**_common(v), "metric": "error_rate:/review", "n": 10, "buckets": {"10": 10, "+Inf": 10}},
    ),
    "not an object": lambda v: v.append([1, 2]),
}


def _common(values: list[Any]) -> dict[str, Any]:
    return {"interval": 1, "arm": "canary", "n": values[3]["n"]}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_is_wrong_passes(attack: str) -> None:
    values = lines()
    ATTACKS[attack](values)
    assert verdict(values) == "INCONCLUSIVE"


@pytest.mark.parametrize(
    "tail",
    [
        b'{"interval": 1, "arm": "canary", "metric": "x", "n": NaN, "bad": 0}\n',
        b'{"interval": 1, "arm": "canary", "metric": "x", "n": 1e2, "bad": 0}\n',
        b'{"interval": 1, "interval": 2}\n',
        b"\xff\xfe\n",
        b"\n",
        b"{",
    ],
)
def test_bytes_that_are_no_samples_never_pass(tail: bytes) -> None:
    found = judge(rule(), encode(lines()) + tail, beside_baseline=True)
    assert found.verdict == "INCONCLUSIVE"
    assert found.reasons


def test_too_few_samples_are_no_pass_however_good() -> None:
    broken = CanaryRule.model_construct(**{**dict(rule()), "min_samples": 41})
    assert judge(broken, encode(lines()), beside_baseline=True).verdict == "INCONCLUSIVE"


def test_a_rule_that_leaves_a_surface_without_requests_never_passes() -> None:
    few = rule(requests=1, min_samples=1)
    values = [s for s in lines() if "buckets" not in s]
    assert judge(few, encode(values), beside_baseline=True).verdict == "INCONCLUSIVE"


def test_a_failure_is_told_though_other_samples_are_missing() -> None:
    values = lines(bad=5)
    del values[-1]
    assert verdict(values) == "FAIL"


COUNTS = st.lists(st.integers(0, 10), min_size=8, max_size=8)
LATENCIES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted), min_size=4, max_size=4
)


def _filled(counts: list[int], latencies: list[list[int]]) -> list[Any]:
    values = lines()
    rates, times = iter(counts), iter(latencies)
    for sample in values:
        if "bad" in sample:
            sample["bad"] = next(rates)
        else:
            sample["buckets"] = dict(zip(("10", "50", "+Inf"), [*next(times), 20], strict=True))
    return values


@given(COUNTS, LATENCIES, st.integers(0, 11), st.integers(1, 20), st.integers(0, 12))
def test_worsening_the_canary_never_helps_it(
    counts: list[int], latencies: list[list[int]], at: int, by: int, missing: int
) -> None:
    values = _filled(counts, latencies)
    if missing < len(values):
        del values[missing]
    before = verdict(values, margins={"error_rate": "0.3", "p95_ratio": "4"}, objectives=WIDE)
    mine = [sample for sample in values if sample["arm"] == "canary"]
    sample = mine[at % len(mine)]
    if "bad" in sample:
        sample["bad"] = min(sample["n"], sample["bad"] + by)
    else:
        for bound in ("10", "50"):
            sample["buckets"][bound] = max(0, sample["buckets"][bound] - by)
    after = verdict(values, margins={"error_rate": "0.3", "p95_ratio": "4"}, objectives=WIDE)
    if before != "PASS":
        assert after != "PASS"
    if before == "FAIL":
        assert after == "FAIL"


WIDE = {"error_rate": "0.6", "p95_ms": "500"}


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_judged_and_never_pass(data: bytes) -> None:
    assert judge(rule(), data, beside_baseline=True).verdict != "PASS"


@given(COUNTS, LATENCIES)
def test_a_recorded_verdict_is_found_again_byte_for_byte(
    counts: list[int], latencies: list[list[int]]
) -> None:
    samples = encode(_filled(counts, latencies))
    first = record(rule(), samples, baseline=BESIDE, canary=Digest.of(b"new"))
    again = rejudge(first.to_dict(), samples)
    assert canonical(again.to_dict()) == canonical(first.to_dict())


def test_other_samples_are_not_taken_for_the_recorded_ones() -> None:
    samples = encode(lines(arms=("canary",)))
    recorded = record(rule(), samples, baseline=ALONE, canary=Digest.of(b"new"))
    assert recorded.verdict == "PASS"
    with pytest.raises(MalformedError, match="not those"):
        rejudge(recorded.to_dict(), samples + b"\n")


def test_samples_have_one_form_and_survive_a_round_trip() -> None:
    rate = Sample(interval=1, arm=Arm.CANARY, metric="error_rate:/x", n=3, bad=1)
    latency = Sample(
        interval=1, arm=Arm.BASELINE, metric="latency_ms", n=3, buckets=(("1.25", 1), ("+Inf", 3))
    )
    data = write((rate, latency))
    assert json.loads(data.splitlines()[0])["bad"] == 1
    assert read(data) == ((rate, latency), ())


def test_the_buckets_rise_ten_to_a_decade() -> None:
    assert BOUNDS[:4] == ("1", "1.25", "1.6", "2")
    assert BOUNDS[10:12] == ("10", "12.5")
    assert [float(bound) for bound in BOUNDS] == sorted({float(bound) for bound in BOUNDS})
    assert BOUNDS[-1] == "80000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("1/3", "0.333333"),
        ("2/3", "0.666667"),
        ("5", "5"),
        ("1/2", "0.5"),
        ("99/2", "49.5"),
    ],
)
def test_numbers_are_written_as_decimals(value: str, text: str) -> None:
    from fractions import Fraction

    assert decimal(Fraction(value)) == text
