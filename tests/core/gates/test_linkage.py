"""Gate `linkage`: the records of a phase are of one release, and tied together as they are."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.families import RecordFamily
from pipeline.core.policies.linkage import SharedField
from pipeline.core.release import Phase
from tests import policies
from tests.core.gates.recorded import (
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
from tests.core.gates.signed import CONTEXT, D, live

GATE = "linkage"
OTHER = {
    SharedField.APPROVAL_RECORD_ID: "release_approval.jug",
    SharedField.GATE_ID: "cellar",
    SharedField.ARTIFACT_VERSION: "0.9",
    SharedField.ARTIFACT_SET_ID: "home__kitchen__0.9__0123456789abcdef",
    SharedField.SOURCE_REVISION: "b" * 40,
    SharedField.DEPLOYMENT_STAGE: "jug",
    SharedField.RELEASE_CHANNEL: "guests",
}
OWN = {
    SharedField.APPROVAL_RECORD_ID: "release_approval.pot",
    SharedField.GATE_ID: "kitchen",
    SharedField.ARTIFACT_VERSION: "1.0",
    SharedField.ARTIFACT_SET_ID: CONTEXT.identity.artifact_set_id,
    SharedField.SOURCE_REVISION: CONTEXT.baseline_commit,
    SharedField.DEPLOYMENT_STAGE: "pot",
    SharedField.RELEASE_CHANNEL: "home",
}
EACH = [(PRE, name) for name in policies.LINKED]
EACH += [(POST, name) for name in [*policies.LINKED, "smoke_verification"]]


@pytest.mark.parametrize("stage", ["", "pour"])
def test_records_of_one_release_share_one_identity(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize(("phase", "family"), EACH)
def test_a_family_that_is_not_there_holds(phase: Phase, family: str) -> None:
    found = ask(GATE, release(without=frozenset({(phase, family)})))
    (finding,) = holding(found)
    assert finding.id == "linkage.missing"
    assert finding.what == f"the {phase.value} evidence has no {family} record to link"


@pytest.mark.parametrize("family", policies.LINKED)
@pytest.mark.parametrize(("field", "value"), OTHER.items())
def test_a_shared_field_that_differs_holds_and_names_record_field_and_both_values(
    field: SharedField, value: str, family: str
) -> None:
    of = says(RecordFamily(family), **{field.value: value})
    (finding,) = holding(ask(GATE, of))
    assert finding.id == f"linkage.mismatch.{field.value}"
    (name,) = finding.evidence
    assert "__post-deploy__" in name
    said = f"{name}: {field.value} is {value!r}, the release's is {OWN[field]!r}"
    assert finding.what == said
    others = [one for one in policies.linkage()["shared_identity_fields"] if one != field]
    assert spoken(ask(GATE, of, now=asked(linkage={"shared_identity_fields": others})))


def test_an_origin_class_that_differs_holds() -> None:
    stages = RELEASE.stages()
    records = {item.bundle_digest for item in stages[2].statements if is_record(item)}
    mixed = dataclasses.replace(
        stages[2],
        statements=tuple(
            live(item) if item.bundle_digest in records else item for item in stages[2].statements
        ),
    )
    found = ask(GATE, evidence=Evidence(stages=(*stages[:2], mixed, *stages[3:])))
    assert held(found) == ["linkage.mismatch.origin_class"]


def is_record(item: object) -> bool:
    return "/record-" in item.statement.predicate_type  # type: ignore[attr-defined]


def test_records_of_a_live_release_share_that_origin() -> None:
    assert spoken(ask(GATE, release(from_workflow=True)))


@pytest.mark.parametrize("phase", [PRE, POST])
def test_a_linkage_record_ties_what_is_there_and_nothing_else(phase: Phase) -> None:
    stages = RELEASE.stages()
    at = 2 if phase is PRE else 4
    (own,) = [
        item.statement.predicate["records"]
        for item in stages[at].statements
        if item.statement.predicate_type.endswith("/record-linkage/v1")
    ]
    one = own[0] | {"digest": D}
    for tied in ([], own[1:], [one, *own[1:]], [*own, one]):
        found = ask(GATE, says(RecordFamily.LINKAGE, phase, records=tied))
        assert held(found) == ["linkage.untied"]


def test_a_phase_that_an_approval_needs_linked_is_closed() -> None:
    ready = asked(linkage={"approval_ready_phase": "post-deploy"})
    below = Evidence(stages=RELEASE.stages()[:-1])
    assert held(ask(GATE, now=ready, evidence=below)) == ["linkage.approval_ready_phase"]
    assert spoken(ask(GATE, now=ready))
    assert spoken(ask(GATE, at="pour", now=ready))


def test_only_the_phases_of_the_policy_are_linked() -> None:
    of = says(RecordFamily.TRACKING, PRE, gate_id="cellar")
    assert spoken(ask(GATE, of, now=asked(linkage={"phases": ["post-deploy"]})))


def test_without_a_linkage_policy_nothing_is_linked() -> None:
    none = POLICIES.model_copy(update={"linkage": None})
    of = says(RecordFamily.TRACKING, PRE, gate_id="cellar")
    assert ask(GATE, of, now=none) == []


def test_before_anything_goes_live_it_is_not_asked_yet() -> None:
    assert ask(GATE, says(RecordFamily.TRACKING, PRE, gate_id="cellar"), at="bless") == []
