"""Gate `canary_rule`: every rule that the approval lists was judged PASS, as it is now."""

from __future__ import annotations

import pytest

from pipeline.core.policies.canary import NEVER_FROM_A_CANARY
from tests import policies
from tests.core.gates.recorded import (
    POLICIES,
    STAGE_IDS,
    ask,
    asked,
    held,
    holding,
    release,
    spoken,
)

GATE = "canary_rule"


@pytest.mark.parametrize("stage", ["", "pour"])
def test_a_canary_that_was_judged_pass_under_the_rule_of_now_is_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize("stage", ["", "pour"])
@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
def test_another_verdict_holds(verdict: str, stage: str) -> None:
    assert held(ask(GATE, release(verdict=verdict), at=stage)) == ["canary_rule.verdict"]


@pytest.mark.parametrize(
    "change",
    [
        {"ring": "everybody"},
        {"surfaces": ["/bread", "/till"]},
        {"requests": 11},
        {"intervals": 3},
        {"concurrency": 2},
        {"min_samples": 19},
        {"objectives": {"error_rate": "0.01", "p95_ms": "1000"}},
        {"margins": {"error_rate": "0.1", "p95_ratio": "3"}},
    ],
)
def test_a_canary_under_a_rule_that_was_another_then_counts_for_nothing(
    change: dict[str, object],
) -> None:
    now = asked(canary={"rule": policies.RULE | change})
    assert held(ask(GATE, now=now)) == ["canary_rule.verdict"]
    assert held(ask(GATE, release(rule=policies.RULE | change))) == ["canary_rule.verdict"]


def test_a_rule_that_the_targets_policy_does_not_have_holds() -> None:
    now = asked(approval={"canary_rules": ["canary_rule.pot.cellar"]})
    assert held(ask(GATE, now=now)) == ["canary_rule.unknown"]
    none = POLICIES.model_copy(update={"canary": None})
    assert held(ask(GATE, now=none)) == ["canary_rule.unknown"]


def test_a_rule_that_nobody_lists_is_not_asked_for() -> None:
    now = asked(approval={"canary_rules": []})
    assert ask(GATE, release(verdict="FAIL"), now=now) == []


def test_before_anything_goes_live_it_is_not_asked_yet() -> None:
    assert ask(GATE, release(verdict="FAIL"), at="bless") == []


@pytest.mark.parametrize("stage", ["", *STAGE_IDS])
@pytest.mark.parametrize("claim", sorted(NEVER_FROM_A_CANARY))
def test_no_boundary_may_allow_what_no_canary_can_show(claim: str, stage: str) -> None:
    boundary = policies.boundary()
    kept = [one for one in boundary["prohibited_claims"] if one != claim]
    now = asked(canary={"boundary": boundary | {"prohibited_claims": kept}})
    found = ask(GATE, at=stage, now=now)
    assert held(found) == ["canary_rule.prohibited_claims"]
    assert claim in holding(found)[0].what
