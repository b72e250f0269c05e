"""Gate `compatibility`: what is certified was passed, by exactly this artifact, or it holds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.evidence import Evidence
from pipeline.core.gates import GATES, Verdict, decide
from pipeline.core.policies.promotion import Certified, Demand
from pipeline.core.release import OriginClass
from pipeline.core.statement import TEST_RESULT, Subject
from tests.core.gates.cases import ask, case, told
from tests.core.gates.signed import (
    PROMOTION,
    STAGES,
    believed,
    canary,
    ladder,
    live,
    passed,
    ran_tests,
    report,
)
from tests.core.test_compatibility import on, ran_on

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed
    from pipeline.core.gates import Finding

ROW = Certified(python="3.11", platform="linux-x86_64")
OTHER = Certified(python="3.12", platform="linux-x86_64")


def policy(*rows: Certified, demand: Demand = Demand.REQUIRED, **more: Any) -> Any:  # noqa: ANN401
    return PROMOTION.model_copy(update={"certified": rows, "certification": demand, **more})


def at(
    *statements: Believed,
    rows: tuple[Certified, ...] = (ROW,),
    stage: str = "bless",
    **more: Any,  # noqa: ANN401 - fields of the policy
) -> list[Finding]:
    evidence = Evidence(stages=(passed("taste", report(digests="passed")),))
    evidence = dataclasses.replace(
        evidence, stages=(*evidence.stages, passed("boil", *statements, canary()))
    )
    return ask("compatibility", stage, evidence=evidence, promotion=policy(*rows, **more))


def test_a_certified_row_that_passed_speaks_for_the_release() -> None:
    assert told(at(ran_on())) == [("compatibility.3.11_on_linux-x86_64", "passes")]


def test_rule_1_below_the_stage_that_tests_it_is_not_asked() -> None:
    assert at(stage="taste") == []
    assert at(stage="boil") == []


def test_rule_1_while_the_stage_that_tests_is_missing_the_order_holds_and_not_this() -> None:
    found = ask("compatibility", "bless", missing=("boil",), promotion=policy(ROW))
    assert found == []


def test_rule_1_a_live_effect_is_never_let_through_unasked() -> None:
    """A ladder whose only test result comes after the deploy does not get around the question."""
    late = ladder([STAGES[0], STAGES[3], STAGES[4] | {"emits": [TEST_RESULT]}])
    spoilt = case(
        "pour",
        ladder=late,
        stage=late.stage("pour"),
        evidence=Evidence(stages=(passed("taste"),)),
        promotion=policy(ROW),
    )
    assert told(list(GATES["compatibility"](spoilt))) == [("compatibility.missing", "holds")]


def test_rule_1_a_ladder_that_never_tests_is_always_asked() -> None:
    never = ladder([STAGES[0], STAGES[4]])
    spoilt = case(
        "taste",
        ladder=never,
        stage=never.stage("taste"),
        evidence=Evidence(),
        promotion=policy(ROW),
    )
    assert told(list(GATES["compatibility"](spoilt))) == [("compatibility.missing", "holds")]


@pytest.mark.parametrize(
    "statement",
    [
        ran_tests(),
        ran_on("3.12.1"),
        ran_on("3.1.1"),
        ran_tests(configuration=on(machine="aarch64")),
        believed(
            TEST_RESULT,
            {"result": "PASSED", "passedTests": ["x"], "configuration": on()},
            subjects=(Subject(name="tea.whl", digest=Digest.of(b"another release")),),
        ),
    ],
    ids=["untold", "other version", "prefix", "other machine", "other artifact"],
)
def test_rule_2_evidence_of_anything_else_is_none(statement: Believed) -> None:
    (finding,) = found = at(statement)
    assert told(found) == [("compatibility.missing", "holds")]
    assert "3.11 on linux-x86_64" in finding.what
    assert "invoke promote --ladder kettle --stage boil" in finding.command


def test_rule_2_every_row_that_is_missing_is_named() -> None:
    third = Certified(python="3.13", platform="darwin-arm64")
    (hold, _) = sorted(
        at(ran_on(), rows=(ROW, OTHER, third)), key=lambda f: f.weight, reverse=False
    )
    assert hold.id == "compatibility.missing"
    assert "3.12 on linux-x86_64, 3.13 on darwin-arm64" in hold.what


def test_rule_2_local_evidence_is_none_where_live_is_demanded() -> None:
    found = at(ran_on(), origin=OriginClass.LIVE)
    assert told(found) == [("compatibility.local", "holds")]
    found = at(live(ran_on()), origin=OriginClass.LIVE)
    assert told(found) == [("compatibility.3.11_on_linux-x86_64", "passes")]


@pytest.mark.parametrize("first", [True, False])
def test_rule_3_a_pass_does_not_heal_a_failure_on_the_same_row(*, first: bool) -> None:
    good, bad = ran_on(), ran_on("3.11.8", result="FAILED", failedTests=["tea::cold"])
    both = (good, bad) if first else (bad, good)
    assert told(at(*both)) == [("compatibility.failed", "holds")]


def test_rule_4_what_is_not_required_is_noted() -> None:
    assert told(at(demand=Demand.NOTED)) == [("compatibility.missing", "notes")]


def test_rule_4_a_required_certification_of_nothing_holds() -> None:
    assert told(at(ran_on(), rows=())) == [("compatibility.no_policy", "holds")]
    assert at(ran_on(), rows=(), demand=Demand.NOTED) == []


def test_a_missing_certification_alone_holds_a_release_about_which_nothing_else_is_wrong() -> None:
    decision = decide(case(promotion=policy(ROW)))
    assert decision.verdict is Verdict.HOLD
    assert [finding.id for finding in decision.holds] == ["compatibility.missing"]
