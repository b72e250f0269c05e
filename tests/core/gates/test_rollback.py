"""Gate `rollback`: what one would go back to is known, before it is needed."""

from __future__ import annotations

import pytest

from pipeline.core.families import RecordFamily
from pipeline.core.release import Phase
from tests import policies
from tests.core.gates.recorded import (
    LIVE,
    POST,
    PRE,
    Fields,
    ask,
    asked,
    held,
    holding,
    release,
    says,
    spoken,
)

GATE = "rollback"
NONE: Fields = {
    "preparation_reference": [],
    "operator_confirmation": None,
    "dependency_snapshot": None,
}
"""Field → what a record says that has not found it."""
ALWAYS = {
    "artifact_version",
    "artifact_set_id",
    "rollback_target_reference",
    "source_revision",
    "verification_status",
    "trusted_artifact_status",
}
"""Without these a record is none: it would not be believed."""


@pytest.mark.parametrize("stage", ["", "pour"])
def test_a_record_that_says_the_way_back_is_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))
    assert spoken(ask(GATE, release(live=LIVE), at=stage))


@pytest.mark.parametrize("phase", [PRE, POST])
@pytest.mark.parametrize("field", NONE)
def test_a_field_that_is_asked_for_and_was_not_found_holds(field: str, phase: Phase) -> None:
    of = says(RecordFamily.ROLLBACK_TARGET, phase, **{field: NONE[field]})
    found = ask(GATE, of, now=asked(rollback={"fields": [field]}))
    against = held(found)
    assert against[:1] == ["rollback.fields"]
    assert any(field in one.what for one in found if one.id == "rollback.fields")
    if field != "preparation_reference":
        assert against == ["rollback.fields"]
        assert spoken(ask(GATE, of, now=asked(rollback={"fields": ["trusted_artifact_status"]})))


def test_every_field_that_can_be_asked_for_is_tried() -> None:
    assert {*NONE, *ALWAYS} == set(policies.rollback()["fields"])


def test_a_runbook_that_the_commit_does_not_have_holds() -> None:
    of = release(runbooks={})
    now = asked(rollback={"fields": ["artifact_version"]})
    assert held(ask(GATE, of, now=now)) == ["rollback.references"]
    more = asked(rollback={"references": ["runbook.md", "other.md"]})
    found = ask(GATE, now=more)
    assert held(found) == ["rollback.references"]
    assert "other.md" in holding(found)[0].what


def test_what_was_live_is_trusted_where_the_policy_asks_for_that() -> None:
    now = asked(rollback={"trusted_artifact": "signed_or_attested"})
    assert held(ask(GATE, release(live=LIVE), now=now)) == ["rollback.trusted_artifact"]
    assert spoken(ask(GATE, release(live=LIVE, rooted=True), now=now))
    assert spoken(ask(GATE, release(live=LIVE)))


def test_where_nothing_was_live_there_is_nothing_to_trust() -> None:
    assert spoken(ask(GATE, now=asked(rollback={"trusted_artifact": "signed_or_attested"})))


def test_the_record_is_of_the_policys_kind() -> None:
    assert held(ask(GATE, says(RecordFamily.ROLLBACK_TARGET, kind="a_hunch"))) == ["rollback.kind"]
