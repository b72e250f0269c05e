"""Gate `tracking`: a release is known by every field that its tracking policy asks for."""

from __future__ import annotations

import pytest

from pipeline.core.families import RecordFamily
from pipeline.core.release import Phase
from tests import policies
from tests.core.gates.recorded import (
    EXCEPTION,
    POST,
    PRE,
    PROVENANCE,
    Release,
    ask,
    asked,
    held,
    holding,
    release,
    says,
    spoken,
)
from tests.core.gates.signed import D

GATE = "tracking"
FIELDS = policies.tracking()["identity_fields"]


def telling(**changes: object) -> Release:
    """Return a release whose provenance says something else; without SBOM nothing else does."""
    return release(provenance=(PROVENANCE | changes,))


UNSAID: dict[str, Release] = {
    "build_pipeline": telling(buildDefinition={}),
    "build_timestamp": telling(runDetails={"builder": {"id": "x"}}),
    "provenance_status": release(provenance=()),
    "dependency_snapshot": release(provenance=()),
}
"""A field that was not found. The others no record can be without: it would not be believed."""


@pytest.mark.parametrize("stage", ["", "pour"])
def test_a_record_with_every_field_makes_the_release_known(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize(("field", "of"), UNSAID.items())
def test_a_field_that_is_asked_for_and_was_not_found_holds(field: str, of: Release) -> None:
    only = asked(tracking={"identity_fields": [field]})
    assert held(ask(GATE, of, now=only)) == ["tracking.identity_fields"]
    others = asked(tracking={"identity_fields": ["signing_status"]})
    assert spoken(ask(GATE, of, now=others))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_found_in_a_release_that_has_everything(field: str) -> None:
    assert spoken(ask(GATE, now=asked(tracking={"identity_fields": [field]})))


def test_the_name_is_the_policys() -> None:
    assert held(ask(GATE, now=asked(tracking={"artifact_name": "buns"}))) == [
        "tracking.artifact_name"
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"artifact_name": "buns"},
        {"artifact_type": "crumbs"},
        {"artifact_set_id": "home__kitchen__1.0__0123456789abcdef__pre-deploy"},
    ],
)
@pytest.mark.parametrize("phase", [PRE, POST])
def test_name_type_and_set_are_one_in_every_phase(phase: Phase, fields: dict[str, str]) -> None:
    found = ask(GATE, says(RecordFamily.TRACKING, phase, **fields))
    assert held(found) == ["tracking.artifact_name"]


@pytest.mark.parametrize(
    "artifacts",
    [
        [{"name": "tea.whl", "digest": D}],
        [{"name": "bun.whl", "digest": D}],
    ],
)
def test_the_artifacts_are_the_releases(artifacts: list[dict[str, str]]) -> None:
    of = says(RecordFamily.TRACKING, artifacts=artifacts)
    assert held(ask(GATE, of)) == ["tracking.release_identity_rule"]


def test_a_record_about_nothing_is_not_about_the_release() -> None:
    of = says(RecordFamily.TRACKING, artifacts=[])
    now = asked(tracking={"identity_fields": ["artifact_name"]})
    assert held(ask(GATE, of, now=now)) == ["tracking.release_identity_rule"]


def test_an_exception_is_a_note_or_a_hold_as_the_policy_says() -> None:
    of = release(exceptions=(EXCEPTION,))
    assert spoken(ask(GATE, of))
    found = ask(GATE, of, now=asked(tracking={"hotfix_rule": "no_bypass"}))
    assert held(found) == ["tracking.hotfix_rule"]
    assert EXCEPTION.finding in holding(found)[0].what
    assert spoken(ask(GATE, now=asked(tracking={"hotfix_rule": "no_bypass"})))
