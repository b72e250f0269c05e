"""Gate `outcomes`: a stage that says pass must not have found anything else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.evidence import Believed, Evidence
from pipeline.core.gates import Finding
from pipeline.core.statement import DEPLOYMENT
from tests.core.gates.cases import ask, told
from tests.core.gates.signed import WHEEL, D, E, believed, canary, passed, ran_tests, smoke


def found_in(*statements: Believed, **changes: Any) -> list[Finding]:  # noqa: ANN401 - fields
    return ask("outcomes", evidence=Evidence(stages=(passed("pour", *statements, **changes),)))


def test_passed_tests_and_a_canary_judged_pass_speak_for_the_release() -> None:
    found = found_in(ran_tests(), canary("PASS"), smoke("passed", "passed"))
    assert told(found) == [("outcomes.tests", "passes"), ("outcomes.canary", "passes")]
    assert found[0].evidence == (str(ran_tests().bundle_digest),)


def test_a_stage_that_is_there_for_no_outcome_needs_none() -> None:
    assert found_in() == []


@pytest.mark.parametrize(
    ("stage", "statements", "missing"),
    [
        ("boil", (canary(),), "test-result"),
        ("boil", (ran_tests(),), "canary"),
        ("sip", (), "smoke"),
        ("sip", (ran_tests(), canary()), "smoke"),
    ],
)
def test_a_stage_that_passed_without_the_outcome_that_it_emits_holds(
    stage: str, statements: tuple[Believed, ...], missing: str
) -> None:
    found = ask("outcomes", evidence=Evidence(stages=(passed(stage, *statements),)))
    held = [finding for finding in found if finding.weight.value == "holds"]
    assert told(held) == [("outcomes.missing", "holds")]
    assert missing in held[0].what
    assert held[0].evidence


def test_an_outcome_of_another_stage_does_not_stand_in() -> None:
    stages = (passed("taste", ran_tests(), canary()), passed("boil"))
    found = told(ask("outcomes", evidence=Evidence(stages=stages)))
    assert found.count(("outcomes.missing", "holds")) == 2


def deployed(**changes: Any) -> Believed:  # noqa: ANN401 - fields
    nothing = {"empty": True, "artifact": None, "version": None, "installed": None}
    live = {"empty": False, "artifact": str(WHEEL), "version": "1.0", "installed": D}
    predicate = {
        "target": "pot",
        "driver": "local",
        "artifact": {"name": "tea.whl", "digest": str(WHEEL)},
        "version": "1.0",
        "state_before": nothing,
        "state_after": live,
        "rollback_target": nothing,
        "measured": D,
        "environment": E,
        "health": "200",
        "key": D,
        "token": 1,
    }
    return believed(DEPLOYMENT, predicate | changes)


def test_smoke_of_something_else_than_was_deployed_holds() -> None:
    same = found_in(deployed(), smoke("passed"))
    assert ("outcomes.installed", "holds") not in told(same)
    other = found_in(deployed(measured=E), smoke("passed"))
    assert told(other) == [("outcomes.installed", "holds")]
    assert E in other[0].what
    elsewhere = found_in(deployed(measured=E, target="pan"), smoke("passed"))
    assert told(elsewhere) == []


def test_a_stage_whose_result_is_no_pass_holds() -> None:
    assert told(found_in(verdict="fail")) == [("outcomes.stage", "holds")]


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "FAILED"},
        {"result": "WARNED"},
        {"result": "passed"},
        {"result": ...},
        {"result": None},
        {"failedTests": ["tea::cold"]},
        {"passedTests": []},
        {"passedTests": ...},
    ],
    ids=repr,
)
def test_a_test_result_that_is_no_pass_holds_and_so_do_zero_tests(changes: dict[str, Any]) -> None:
    assert told(found_in(ran_tests(**changes))) == [("outcomes.tests", "holds")]


@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
def test_a_canary_that_was_not_judged_pass_holds(verdict: str) -> None:
    found = found_in(canary(verdict))
    assert told(found) == [("outcomes.canary", "holds")]
    assert verdict in found[0].what


@pytest.mark.parametrize("verdicts", [(), ("failed",), ("passed", "not_run"), ("passed", "failed")])
def test_a_smoke_check_that_failed_or_did_not_run_holds(verdicts: tuple[str, ...]) -> None:
    found = found_in(smoke(*verdicts))
    assert told(found) == [("outcomes.smoke", "holds")]
    assert (f"check{len(verdicts) - 1}" if verdicts else "no check") in found[0].what


def test_one_bad_outcome_among_good_ones_holds_wherever_it_stands() -> None:
    for pair in (
        (ran_tests(), ran_tests(result="FAILED")),
        (ran_tests(result="FAILED"), ran_tests()),
    ):
        assert ("outcomes.tests", "holds") in told(found_in(*pair))


def test_an_imported_outcome_counts_too() -> None:
    taken = dataclasses.replace(Evidence(), imported=(passed("boil", canary("FAIL")),))
    assert told(ask("outcomes", evidence=taken)) == [("outcomes.canary", "holds")]
