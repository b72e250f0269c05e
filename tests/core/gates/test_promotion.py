"""Gate `promotion`: what the promotion policy requires was passed, and the record says so."""

from __future__ import annotations

import pytest

from pipeline.core.families import RecordFamily
from pipeline.core.misrecorded import MATRIX
from pipeline.core.release import Phase
from tests.core.gates.recorded import (
    POST,
    PRE,
    STAGE_IDS,
    ask,
    asked,
    held,
    release,
    says,
    spoken,
)
from tests.core.gates.signed import D

GATE = "promotion"
HERE = {PRE: STAGE_IDS[:3], POST: STAGE_IDS[3:]}


@pytest.mark.parametrize("stage", ["", "pour"])
def test_a_record_that_lists_every_required_stage_is_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize("stage", ["", *STAGE_IDS])
def test_a_required_stage_that_the_ladder_does_not_have_holds_every_stage(stage: str) -> None:
    now = asked(promotion={"required_stages": [*STAGE_IDS, "knead"]})
    assert "promotion.required_stages" in held(ask(GATE, at=stage, now=now))


def test_it_is_that_stage_alone_which_holds() -> None:
    now = asked(promotion={"required_stages": [*STAGE_IDS, "knead"]})
    assert held(ask(GATE, at="taste", now=now)) == ["promotion.required_stages"]


@pytest.mark.parametrize("stage", ["", *STAGE_IDS])
def test_a_stage_that_the_policy_calls_manual_is_manual_in_the_ladder(stage: str) -> None:
    of = release(policies=asked(promotion={"manual_stages": ["bless", "pour", "boil"]}))
    assert held(ask(GATE, of, at=stage)) == ["promotion.manual_stages"]


@pytest.mark.parametrize("phase", [PRE, POST])
def test_a_required_stage_that_the_record_does_not_list_holds(phase: Phase) -> None:
    for stage in HERE[phase]:
        done = [name for name in STAGE_IDS if name != stage]
        of = says(RecordFamily.PROMOTION, phase, completed_stages=done)
        found = ask(GATE, of)
        assert held(found) == ["promotion.completed_stages"]
        assert any(stage in one.what for one in found if one.id in held(found))


def test_a_stage_of_the_other_phase_is_the_other_records() -> None:
    of = says(RecordFamily.PROMOTION, PRE, completed_stages=HERE[PRE])
    assert spoken(ask(GATE, of))


@pytest.mark.parametrize(
    "family",
    [
        "tracking",
        "approval_authority",
        "promotion",
        "rollback",
        "smoke_verification",
        "attestation",
        "attestation_artifact",
    ],
)
def test_a_listed_policy_that_changed_since_holds(family: str) -> None:
    now = asked(**{family: {"notes": "other words"}})
    assert held(ask(GATE, now=now)) == ["promotion.policy_dependencies"]
    assert held(ask(GATE, at="pour", now=now)) == ["promotion.policy_dependencies"]


def test_a_policy_that_the_record_leaves_out_or_makes_up_holds() -> None:
    for listed in ([], [{"id": "promotion_policy.pot", "digest": D}]):
        of = says(RecordFamily.PROMOTION, policy_dependencies=listed)
        assert held(ask(GATE, of)) == ["promotion.policy_dependencies"]


def test_a_matrix_that_lies_not_beside_the_record_holds() -> None:
    assert held(ask(GATE, says(RecordFamily.PROMOTION, compatibility_matrix=D))) == [
        "promotion.compatibility"
    ]
    assert held(ask(GATE, release(files={MATRIX: D}))) == ["promotion.compatibility"]


def test_a_policy_that_nobody_lists_is_asked_of_the_ladder_alone() -> None:
    now = asked(approval={"promotion_policies": []})
    assert ask(GATE, says(RecordFamily.PROMOTION, completed_stages=[]), now=now) == []
