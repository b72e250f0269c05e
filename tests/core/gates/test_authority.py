"""Gate `authority`: the authority record names who the policy asks for."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.families import RecordFamily
from tests import policies
from tests.core.gates.recorded import POST, PRE, STAGE_IDS, ask, asked, held, release, says, spoken

GATE = "authority"
ADA = "Ada <ada@example.invalid>"
BOB = "Bob <bob@example.invalid>"


def named(**changes: Any) -> Any:  # noqa: ANN401 - fields of a policy
    return asked(approval_authority=policies.NAMED | changes)


def signed(*names: str) -> Any:  # noqa: ANN401 - a release
    return release(approver=", ".join(names), kind="named_approver")


@pytest.mark.parametrize("stage", ["", "pour"])
def test_a_record_that_names_the_authority_is_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))
    assert spoken(ask(GATE, signed(ADA), at=stage, now=named()))


@pytest.mark.parametrize(
    ("evidence", "field"),
    [
        (name, name)
        for name in ("approval_mode", "approval_scope", "approval_reference", "authority_kind")
    ]
    + [("approver_or_automation_reference", "approver_or_automation_reference")],
)
@pytest.mark.parametrize("phase", [PRE, POST])
def test_evidence_that_was_not_found_holds(evidence: str, field: str, phase: Any) -> None:  # noqa: ANN401
    of = says(RecordFamily.APPROVAL_AUTHORITY, phase, **{field: None})
    now = asked(approval_authority={"evidence": [evidence]})
    assert held(ask(GATE, of, now=now)) == ["authority.evidence"]
    assert spoken(ask(GATE, now=now))


def test_a_kind_that_is_not_accepted_holds() -> None:
    assert held(ask(GATE, release(kind="workflow_dispatch"))) == ["authority.kinds"]
    both = asked(approval_authority={"kinds": ["local_manual", "workflow_dispatch"]})
    assert spoken(ask(GATE, release(kind="workflow_dispatch"), now=both))


def test_a_workflow_alone_is_no_person() -> None:
    kinds = ["local_manual", "approved_workflow"]
    of = release(kind="approved_workflow", reference="workflow_run:7")
    now = asked(approval_authority={"kinds": kinds})
    assert held(ask(GATE, of, now=now)) == ["authority.human_approval"]
    lenient = asked(approval_authority={"kinds": kinds, "human_approval": False})
    assert spoken(ask(GATE, of, now=lenient))


def test_where_no_reference_may_stand_in_somebody_is_named() -> None:
    now = asked(approval_authority={"automation_reference": False})
    assert held(ask(GATE, now=now)) == ["authority.automation_reference"]
    assert spoken(ask(GATE, release(approver=ADA), now=now))


def test_as_many_are_named_as_the_threshold_says_and_each_counts_once() -> None:
    two = named(threshold=2)
    assert spoken(ask(GATE, signed(ADA, BOB), now=two))
    assert held(ask(GATE, signed(ADA), now=two)) == ["authority.threshold"]
    assert held(ask(GATE, signed(ADA, ADA), now=two)) == ["authority.threshold"]
    manual = asked(approval_authority={"kinds": ["named_approver", "local_manual"]})
    assert spoken(ask(GATE, now=manual))


def test_a_named_approver_is_asked_for_by_name() -> None:
    both = {"kinds": ["named_approver", "local_manual"]}
    assert held(ask(GATE, now=named(**both))) == ["authority.threshold"]


@pytest.mark.parametrize("stage", ["", *STAGE_IDS])
def test_the_policy_belongs_to_the_targets_promotion_policy(stage: str) -> None:
    now = asked(approval_authority={"promotion_policy": "promotion_policy.jug"})
    assert held(ask(GATE, at=stage, now=now)) == ["authority.promotion_policy"]
