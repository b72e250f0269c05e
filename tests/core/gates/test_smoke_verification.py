"""Gate `smoke_verification`: what is live passed every check that the policy asks for."""

from __future__ import annotations

import pytest

from pipeline.core.families import RecordFamily
from tests.climbing import bakery
from tests.core.gates.recorded import ask, asked, held, holding, release, says, spoken

GATE = "smoke_verification"
SMOKED = {"sip": "passed", "till": "passed"}


def test_every_check_that_passed_is_kept() -> None:
    assert spoken(ask(GATE))


@pytest.mark.parametrize("verdict", ["failed", "not_run"])
def test_a_check_that_did_not_pass_holds(verdict: str) -> None:
    found = ask(GATE, release(smoked=SMOKED | {"sip": verdict}))
    assert held(found) == ["smoke_verification.checks"]
    assert "sip" in holding(found)[0].what


def test_a_check_that_nobody_ran_holds() -> None:
    assert held(ask(GATE, release(smoked={"till": "passed"}))) == ["smoke_verification.checks"]
    more = asked(smoke_verification={"checks": ["sip", "till", "smell"]})
    assert held(ask(GATE, now=more)) == ["smoke_verification.checks"]


def test_a_check_that_nobody_asks_for_does_not_hold() -> None:
    few = {"checks": ["till"]}
    of = release(smoked=SMOKED | {"sip": "failed"}, policies=asked(smoke_verification=few))
    assert spoken(ask(GATE, of))


def test_the_operator_session_is_a_check_behind_it_that_passed() -> None:
    few = {"checks": ["sip"]}
    of = release(smoked=SMOKED | {"till": "failed"}, policies=asked(smoke_verification=few))
    assert held(ask(GATE, of)) == ["smoke_verification.operator_session"]
    open_to_all = few | {"operator_session": False}
    assert spoken(ask(GATE, of, now=asked(smoke_verification=open_to_all)))


def test_without_a_check_behind_the_session_none_was_verified() -> None:
    checks = [check | {"session": "unlock"} for check in bakery.TARGET["smoke"]]
    of = release(target=bakery.TARGET | {"smoke": checks})
    assert held(ask(GATE, of)) == ["smoke_verification.operator_session"]


@pytest.mark.parametrize("field", ["kind", "evidence"])
def test_kind_and_registry_entry_are_the_policys(field: str) -> None:
    of = says(RecordFamily.SMOKE_VERIFICATION, **{field: "evidence.pot.other"})
    assert held(ask(GATE, of)) == ["smoke_verification.kind"]
    words = {"kind": "other_smoke", "evidence": "evidence.pot.other"}
    now = asked(smoke_verification={field: words[field]})
    assert held(ask(GATE, now=now)) == ["smoke_verification.kind"]
