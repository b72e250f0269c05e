"""Gate `records`: a closed phase has every record asked for, of this release, of these policies."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.families import POLICY_OF, RecordFamily
from pipeline.core.ladder import Ladder
from pipeline.core.release import Phase
from tests.core.gates.recorded import (
    LADDER,
    POLICIES,
    POST,
    PRE,
    RELEASE,
    ask,
    asked,
    held,
    holding,
    release,
    says,
    spoken,
)
from tests.core.gates.signed import BOUND, D

GATE = "records"
OF = {
    stage.phase: tuple(family for family in stage.records if family is not RecordFamily.CANARY)
    for stage in LADDER.stages
    if stage.records
}
EACH = [(phase, family) for phase, families in OF.items() for family in families]


@pytest.mark.parametrize("stage", ["", "pour"])
def test_every_record_of_this_release_under_these_policies_is_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize(("phase", "family"), EACH)
def test_a_record_that_is_not_there_holds(phase: Phase, family: RecordFamily) -> None:
    of = release(without=frozenset({(phase, family.value)}))
    found = ask(GATE, of)
    assert held(found) == [f"records.missing.{family.value}"]
    assert phase.value in holding(found)[0].what
    assert family.value in holding(found)[0].command
    assert held(ask(GATE, of, at="pour")) == (held(found) if phase is PRE else [])
    assert held(ask(GATE, of, at="bless")) == []


@pytest.mark.parametrize(("phase", "family"), EACH)
def test_a_record_under_a_policy_that_nobody_asks_for_counts_for_nothing(
    phase: Phase, family: RecordFamily
) -> None:
    assert held(ask(GATE, says(family, phase, policy="another.pot.policy"))) == [
        f"records.missing.{family.value}"
    ]


def test_a_phase_that_is_not_closed_is_not_asked_for_its_records() -> None:
    below = Evidence(stages=RELEASE.stages()[:-1])
    of = release(without=frozenset((POST, family.value) for family in OF[POST]))
    assert spoken(ask(GATE, of, evidence=below))


@pytest.mark.parametrize("family", [f for f in OF[PRE] if f is not RecordFamily.PROMOTION])
def test_only_the_phases_of_the_policy_are_asked_for(family: RecordFamily) -> None:
    if not any(hasattr(one, "phases") for one in POLICIES.of(POLICY_OF[family])):
        family = RecordFamily.TRACKING  # authority and promotion are asked for in both phases
    of = release(without=frozenset({(PRE, family.value)}))
    now = asked(**{POLICY_OF[family]: {"phases": ["post-deploy"]}})
    assert spoken(ask(GATE, of, now=now))


def test_the_records_of_an_imported_run_are_not_this_releases() -> None:
    stages = RELEASE.stages()
    ladder = Ladder.from_json(LADDER.to_dict() | {"stages": LADDER.to_dict()["stages"][3:]})
    imported = Evidence(stages=stages[3:], imported=stages[:3])
    assert spoken(ask(GATE, evidence=imported, ladder=ladder))
    elsewhere = Evidence(stages=(), imported=stages)
    assert ask(GATE, evidence=elsewhere) == []


@pytest.mark.parametrize("family", OF[POST])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("artifact_set_id", "home__kitchen__0.9__0123456789abcdef"),
        ("artifact_version", "0.9"),
        ("source_revision", "b" * 40),
        ("gate_id", "cellar"),
        ("release_channel", "guests"),
        ("deployment_stage", "jug"),
        ("approval_record_id", "release_approval.jug"),
        ("approval_record_id", None),
    ],
)
def test_a_record_of_another_release_holds_and_says_both_values(
    field: str, value: str | None, family: RecordFamily
) -> None:
    found = ask(GATE, says(family, **{field: value}))
    assert held(found) == [f"records.of_another.{family.value}"]
    assert f"{field}: {value}, " in holding(found)[0].what


@pytest.mark.parametrize("family", OF[PRE])
def test_a_record_made_under_other_policies_holds_and_names_both(family: RecordFamily) -> None:
    found = ask(GATE, says(family, PRE, policies=D))
    assert held(found) == ["records.policies_drifted"]
    assert D in holding(found)[0].what
    assert BOUND.policies in holding(found)[0].what


def test_policies_that_changed_since_hold_every_record() -> None:
    drifted = dataclasses.replace(BOUND, policies=D)
    (finding,) = holding(ask(GATE, bound=drifted))
    assert finding.id == "records.policies_drifted"
    assert len(finding.evidence) == len(OF[PRE]) + len(OF[POST]) + 1
    assert "policies of other targets alone" in finding.what


def test_the_policies_that_changed_are_named_and_no_other() -> None:
    policies = RELEASE.policies
    assert policies.tracking is not None
    tracking = policies.tracking.model_copy(update={"notes": "another word"})
    found = ask(
        GATE,
        bound=dataclasses.replace(BOUND, policies=D),
        policies=policies.model_copy(update={"tracking": tracking}),
    )
    assert holding(found)[0].what.endswith(f"changed since: {tracking.id}")


CANARY = RecordFamily.CANARY
