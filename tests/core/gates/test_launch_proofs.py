"""Gate `launch_proofs`: pending until run through what is live; words never satisfy it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.evidence import Evidence
from pipeline.core.gates import GATES, RELEASE_GATES, Finding, Verdict, decide
from pipeline.core.launch import LaunchProof
from pipeline.core.registry import Registry
from pipeline.core.release import OriginClass
from pipeline.core.statement import CHECK_REPORT, SMOKE, TEST_RESULT, Subject
from tests.core.gates.cases import case, evidence, told
from tests.core.gates.launches import LAUNCH
from tests.core.gates.signed import (
    PROMOTION,
    STAGES,
    WHEEL,
    approval,
    believed,
    below,
    ladder,
    live,
    passed,
    ran_tests,
    report,
    smoke,
)

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed, StageEvidence

PROOF = LaunchProof(id="evidence.pot.private_tasting", test="tea::private")
OTHER = LaunchProof(id="evidence.pot.second_cup", test="tea::second")
PROVEN = ran_tests(passedTests=["tea::hot", "tea::private"])
LADDER = ladder([*STAGES[:4], STAGES[4] | {"emits": [SMOKE, TEST_RESULT]}])


def at(
    *own: Believed,
    proofs: tuple[LaunchProof, ...] = (PROOF,),
    stages: tuple[StageEvidence, ...] | None = None,
    imported: tuple[StageEvidence, ...] = (),
    **more: Any,  # noqa: ANN401 - fields of a case
) -> list[Finding]:
    """Ask about the whole release, whose last stage signed these statements."""
    everything = (
        *below(),
        passed("bless", approval(approver=None)),
        passed("pour"),
        passed("sip", smoke("passed"), *own),
    )
    fields: dict[str, Any] = {
        "ladder": LADDER,
        "stage": LADDER.stage("sip"),
        "evidence": Evidence(stages=stages or everything, imported=imported),
        "launch": LAUNCH.model_copy(update={"proofs": proofs}),
        "whole": True,
    }
    return list(GATES["launch_proofs"](case("sip", **(fields | more))))


PENDING = [("launch_proofs.pending", "holds")]


def test_a_test_that_passed_through_what_is_live_satisfies_its_proof() -> None:
    (finding,) = found = at(PROVEN)
    assert told(found) == [(f"launch_proofs.{PROOF.id}", "passes")]
    assert finding.evidence == (str(PROVEN.bundle_digest),)


def test_without_proofs_there_is_nothing_to_prove() -> None:
    assert at(proofs=()) == []


def test_a_pending_proof_is_named_with_its_test_and_the_stage_that_runs_it() -> None:
    (finding,) = found = at()
    assert told(found) == PENDING
    assert PROOF.id in finding.what
    assert str(PROOF.test) in finding.what
    assert "invoke promote --ladder kettle --stage sip" in finding.command


def test_each_of_several_pending_proofs_is_named_and_one_alone_holds() -> None:
    first, second = at(PROVEN, proofs=(PROOF, OTHER))
    assert [first.weight.value, second.weight.value] == ["passes", "holds"]
    assert OTHER.id in second.what
    assert PROOF.id not in second.what


@pytest.mark.parametrize("stage", [stage.id for stage in LADDER.stages])
def test_it_never_holds_the_stages_that_make_it_possible(stage: str) -> None:
    pending = LAUNCH.model_copy(update={"proofs": (PROOF,)})
    assert list(GATES["launch_proofs"](case(stage, launch=pending))) == []
    assert decide(case(stage, launch=pending)).verdict is Verdict.PROCEED


def test_it_is_asked_of_the_whole_release() -> None:
    assert "launch_proofs" in RELEASE_GATES


def test_rule_1_what_the_registry_does_not_define_is_satisfied_by_nothing() -> None:
    undefined = PROOF.model_copy(update={"test": None})
    (finding,) = found = at(PROVEN, proofs=(undefined,))
    assert told(found) == PENDING
    assert "does not define it" in finding.what


def test_rule_1_no_word_of_the_registry_satisfies_it() -> None:
    """The attack: the entry claims production grade; nothing was run."""
    boast = Registry.from_json(
        {
            "evidence": [
                {
                    "id": PROOF.id,
                    "title": "Tasted",
                    "kind": "private_acceptance_proof",
                    "status": "implemented_initial",
                    "stages": ["pot"],
                    "provenance_status": "post_deploy_smoke_only",
                    "production_grade": True,
                    "notes": "it was run, we promise",
                    "proof": {"test": PROOF.test},
                }
            ]
        }
    )
    assert told(at(registry=boast)) == PENDING


def test_rule_2_what_another_ladder_showed_of_the_same_bytes_does_not_count() -> None:
    """A direct test of staging never satisfies a proof of production."""
    assert told(at(imported=(passed("sip", PROVEN),))) == PENDING


@pytest.mark.parametrize("field", ["run", "context"])
def test_rule_2_a_stage_of_another_run_does_not_count(field: str) -> None:
    foreign = passed("sip", PROVEN, **{field: str(Digest.of(b"another run"))})
    assert told(at(stages=(*evidence("sip").stages, foreign))) == PENDING


def test_rule_3_a_test_from_before_the_live_effect_does_not_count() -> None:
    early = (below()[0], passed("boil", PROVEN), *evidence("sip").stages[2:])
    assert told(at(stages=early)) == PENDING


def test_rule_3_a_ladder_that_brings_nothing_live_can_run_no_proof() -> None:
    dry = ladder([*STAGES[:3], STAGES[4] | {"emits": [SMOKE, TEST_RESULT]}])
    (finding,) = found = at(PROVEN, ladder=dry, stage=dry.stage("sip"))
    assert told(found) == PENDING
    assert "sign test results" in finding.command


@pytest.mark.parametrize(
    "predicate",
    [
        {"result": "FAILED"},
        {"result": "WARNED"},
        {"result": ...},
        {"passedTests": ["tea::hot"], "failedTests": ["tea::private"]},
        {"passedTests": ["tea::private"], "failedTests": ["tea::private"]},
        {"passedTests": ["tea::private"], "warnedTests": ["tea::private"]},
        {"passedTests": ["tea::private_not"]},
        {"passedTests": "tea::private"},
        {"passedTests": {"tea::private": True}},
        {"passedTests": ["TEA::PRIVATE"]},
        {"passedTests": [], "notes": "tea::private passed"},
    ],
)
def test_rule_4_a_result_in_which_the_test_did_not_plainly_pass_is_none(
    predicate: dict[str, Any],
) -> None:
    assert told(at(ran_tests(**({"passedTests": ["tea::private"]} | predicate)))) == PENDING


@pytest.mark.parametrize(
    "subject",
    [
        Subject(name="tea.whl", digest=Digest.of(b"another release")),
        Subject(name="README.md", digest=Digest.of(b"a document")),
    ],
)
def test_rule_4_a_result_about_anything_but_this_release_is_none(subject: Subject) -> None:
    predicate = dict(PROVEN.statement.predicate)
    assert told(at(believed(TEST_RESULT, predicate, subjects=(subject,)))) == PENDING
    both = (Subject(name="tea.whl", digest=WHEEL), subject)
    assert told(at(believed(TEST_RESULT, predicate, subjects=both))) == PENDING


def test_rule_4_a_statement_of_another_type_is_none() -> None:
    note = believed("https://example.org/note/v1", dict(PROVEN.statement.predicate))
    assert note.statement.predicate_type != CHECK_REPORT
    assert told(at(note, report(digests="passed"))) == PENDING


def test_rule_5_local_origin_does_not_count_where_live_is_demanded() -> None:
    strict = PROMOTION.model_copy(update={"origin": OriginClass.LIVE})
    (finding,) = found = at(PROVEN, promotion=strict)
    assert told(found) == PENDING
    assert "local_or_synthetic_proof alone" in finding.what
    assert told(at(live(PROVEN), promotion=strict)) == [(f"launch_proofs.{PROOF.id}", "passes")]


def test_rule_5_without_a_promotion_policy_live_alone_counts() -> None:
    assert told(at(PROVEN, promotion=None)) == PENDING
    assert told(at(live(PROVEN), promotion=None)) == [(f"launch_proofs.{PROOF.id}", "passes")]


@pytest.mark.parametrize("first", [True, False])
def test_rule_6_a_pass_does_not_heal_a_failure_of_the_same_test(*, first: bool) -> None:
    bad = ran_tests(passedTests=["tea::hot"], failedTests=["tea::private"])
    both = (PROVEN, bad) if first else (bad, PROVEN)
    assert told(at(*both)) == PENDING


def test_rule_6_a_failure_elsewhere_in_a_result_spoils_what_it_says() -> None:
    mixed = ran_tests(passedTests=["tea::private"], failedTests=["tea::hot"], result="FAILED")
    assert told(at(mixed)) == PENDING


def test_a_pending_proof_holds_the_release_about_which_nothing_else_of_it_is_wrong() -> None:
    asked = case("sip", whole=True, launch=LAUNCH.model_copy(update={"proofs": (PROOF,)}))
    alone = {"launch_proofs": GATES["launch_proofs"], "policy": GATES["policy"]}
    assert decide(asked, alone).verdict is Verdict.HOLD
    assert decide(dataclasses.replace(asked, launch=LAUNCH), alone).verdict is Verdict.PROCEED
