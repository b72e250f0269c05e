"""Gate `outcomes`: a stage that says pass must not have found anything else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.evidence import Believed, Evidence
from pipeline.core.gates import Finding
from tests.core.gates.cases import ask, told
from tests.core.gates.signed import canary, passed, ran_tests, smoke


def found_in(*statements: Believed, **changes: Any) -> list[Finding]:  # noqa: ANN401 - fields
    return ask("outcomes", evidence=Evidence(stages=(passed("boil", *statements, **changes),)))


def test_passed_tests_and_a_canary_judged_pass_speak_for_the_release() -> None:
    found = found_in(ran_tests(), canary("PASS"), smoke("passed", "passed"))
    assert told(found) == [("outcomes.tests", "passes"), ("outcomes.canary", "passes")]
    assert found[0].evidence == (str(ran_tests().bundle_digest),)


def test_no_statement_is_no_outcome() -> None:
    assert found_in() == []


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
