"""Gate `checks`: a failed check holds, and what was not run is never a pass."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.gates import Finding
from pipeline.core.statement import CHECK_REPORT
from tests.core.gates.cases import ask, evidence, told
from tests.core.gates.signed import STAGES, believed, ladder, passed, report


def reported(*reports: dict[str, str]) -> list[Finding]:
    stages = (passed("taste", *(report(**verdicts) for verdicts in reports)),)
    return ask("checks", "boil", evidence=Evidence(stages=stages))


def test_required_checks_that_passed_pass_with_their_report() -> None:
    found = ask("checks", "boil")
    assert told(found) == [("checks.digests", "passes"), ("checks.licences", "passes")]
    shown = report(digests="passed", licences="passed")
    assert found[0].evidence == (str(shown.bundle_digest),)


def test_before_the_reporting_stage_nothing_is_asked() -> None:
    assert ask("checks", "taste", verification=None) == []
    silent = ladder([STAGES[1], STAGES[3]])
    assert ask("checks", ladder=silent, stage=silent.stage("pour"), verification=None) == []


def test_rule_1_a_failed_check_holds_whatever_the_policy_says() -> None:
    found = reported({"digests": "passed", "licences": "passed", "unasked": "failed"})
    assert ("checks.unasked.failed", "holds") in told(found)
    assert "unasked because" in found[-1].what


@pytest.mark.parametrize("other", ["passed", "not_run"])
@pytest.mark.parametrize("first", [True, False])
def test_rule_1_a_failure_is_not_hidden_by_another_report(other: str, *, first: bool) -> None:
    good, bad = {"unasked": other}, {"unasked": "failed"}
    both = [bad, good] if first else [good, bad]
    assert ("checks.unasked.failed", "holds") in told(reported(*both))


def test_rule_2_a_required_check_that_was_not_run_holds() -> None:
    found = reported({"digests": "not_run", "licences": "passed"})
    assert told(found) == [("checks.digests.not_run", "holds"), ("checks.licences", "passes")]


def test_rule_2_a_required_check_that_no_report_has_holds() -> None:
    found = reported({"licences": "passed"})
    assert ("checks.digests.not_run", "holds") in told(found)


@pytest.mark.parametrize("first", [True, False])
def test_rule_2_a_pass_elsewhere_does_not_run_what_was_not_run(*, first: bool) -> None:
    good = {"digests": "passed", "licences": "passed"}
    bad = {"digests": "not_run", "licences": "passed"}
    both = [good, bad] if first else [bad, good]
    assert ("checks.digests.not_run", "holds") in told(reported(*both))


def test_rule_3_another_check_that_was_not_run_is_noted() -> None:
    found = reported({"digests": "passed", "licences": "passed", "extra": "not_run"})
    assert ("checks.extra.not_run", "notes") in told(found)
    assert "holds" not in {weight for _, weight in told(found)}


@pytest.mark.parametrize("verdict", ["failed", "not_run"])
@pytest.mark.parametrize("name", ["digests", "extra"])
def test_what_clears_a_check_is_what_the_check_says_clears_it(name: str, verdict: str) -> None:
    checks = [
        {"id": name, "verdict": verdict, "reason": "x", "details": [], "todo": "plug it in"},
        {"id": "licences", "verdict": verdict, "reason": "x", "details": []},
    ]
    said = believed(CHECK_REPORT, {"checks": checks, "advisory_sources": []})
    found = ask("checks", "boil", evidence=Evidence(stages=(passed("taste", said),)))
    commands = {finding.id: finding.command for finding in found}
    assert commands[f"checks.{name}.{verdict}"] == "plug it in"
    assert commands[f"checks.licences.{verdict}"].startswith("mend what licences names")


def test_rule_4_once_the_reporting_stage_has_passed_the_report_must_be_there() -> None:
    for nothing in (Evidence(), Evidence(stages=(passed("taste"),))):
        found = ask("checks", "boil", evidence=nothing)
        assert told(found) == [
            ("checks.digests.not_run", "holds"),
            ("checks.licences.not_run", "holds"),
        ]


def test_rule_4_an_imported_report_counts_and_must_be_there() -> None:
    taken = dataclasses.replace(Evidence(), imported=evidence("boil").stages)
    assert "holds" not in {weight for _, weight in told(ask("checks", "taste", evidence=taken))}
    bare = dataclasses.replace(Evidence(), imported=(passed("taste"),))
    assert ("checks.digests.not_run", "holds") in told(ask("checks", "taste", evidence=bare))


def test_an_empty_policy_denies() -> None:
    found = ask("checks", "boil", verification=None)
    assert told(found) == [("checks.no_policy", "holds")]
