"""Gate `baseline`: what a release is made from is what somebody looked at, or it holds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.baseline.model import Acceptance, Criticality
from pipeline.core.baseline.report import Amiss, BaselineReport, Trouble
from pipeline.core.gates import Finding, Verdict, decide
from pipeline.core.policies.promotion import Demand
from tests.core.gates.cases import KEPT, ask, case, told
from tests.core.gates.signed import EARLIER, LATER, NOW, PROMOTION

REQUIRED = PROMOTION.model_copy(update={"baseline": Demand.REQUIRED})
NOTED = PROMOTION.model_copy(update={"baseline": Demand.NOTED})


def amiss(trouble: Trouble = Trouble.DRIFT, **more: Any) -> BaselineReport:  # noqa: ANN401
    one = Amiss(
        trouble=trouble,
        about="supply_chain.kettle",
        criticality=Criticality.HIGH,
        what="the kettle was changed",
        files=("Dockerfile",),
        command="look at it",
        **more,
    )
    return dataclasses.replace(KEPT, amiss=(one,))


def asked(report: BaselineReport | None, **changes: Any) -> list[Finding]:  # noqa: ANN401
    return ask("baseline", **({"promotion": REQUIRED, "baseline": report} | changes))


def accepted(until: str) -> Acceptance:
    return Acceptance(reason="on one machine", owner="ada", expires=until)


def test_a_kept_baseline_speaks_for_the_release() -> None:
    (finding,) = asked(KEPT)
    assert told([finding]) == [("baseline.kept", "passes")]
    assert finding.evidence == (KEPT.baseline, str(KEPT.digest))


@pytest.mark.parametrize("trouble", Trouble)
def test_whatever_is_amiss_holds_where_it_is_required_and_is_noted_where_not(
    trouble: Trouble,
) -> None:
    name = f"baseline.{trouble}.supply_chain.kettle"
    (finding,) = held = asked(amiss(trouble))
    assert told(held) == [(name, "holds")]
    assert finding.evidence == ("Dockerfile",)
    assert "(high)" in finding.what
    assert told(asked(amiss(trouble), promotion=NOTED)) == [(name, "notes")]


def test_without_a_promotion_policy_it_holds() -> None:
    assert told(asked(amiss(), promotion=None)) == [("baseline.drift.supply_chain.kettle", "holds")]


@pytest.mark.parametrize("report", [None, dataclasses.replace(KEPT, problem="git has no blob")])
def test_what_nobody_could_look_at_holds(report: BaselineReport | None) -> None:
    assert told(asked(report)) == [("baseline.unknown", "holds")]
    assert told(asked(report, promotion=NOTED)) == [("baseline.unknown", "notes")]
    assert told(asked(report, promotion=None)) == [("baseline.unknown", "holds")]
    assert decide(case(promotion=REQUIRED, baseline=report)).verdict is Verdict.HOLD


def test_an_accepted_tag_is_noted_until_the_acceptance_ends() -> None:
    stands = asked(amiss(Trouble.TAG_ONLY, accepted=accepted(LATER)))
    assert told(stands) == [("baseline.tag_only.supply_chain.kettle", "notes")]
    assert "ada accepts it until" in stands[0].what
    for ended in (EARLIER, NOW):
        found = asked(amiss(Trouble.TAG_ONLY, accepted=accepted(ended)))
        assert told(found) == [("baseline.tag_only.supply_chain.kettle", "holds")]
        assert "ended" in found[0].what


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.TAG_ONLY])
def test_nothing_but_a_tag_can_be_accepted(trouble: Trouble) -> None:
    found = asked(amiss(trouble, accepted=accepted(LATER)))
    assert told(found) == [(f"baseline.{trouble}.supply_chain.kettle", "holds")]


def test_the_whole_decision_holds_for_drift_alone() -> None:
    decision = decide(case(promotion=REQUIRED, baseline=amiss()))
    assert [finding.id for finding in decision.holds] == ["baseline.drift.supply_chain.kettle"]
