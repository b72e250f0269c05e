"""Counts that a document carries: they add up, and claim nothing that only rooted trust could."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.page.document import MalformedPostureError, posture_of

Counted = Callable[..., dict[str, Any]]
NONE = {"checked_in": 0, "live": 0, "local_or_synthetic": 0, "records": []}
ONE = {"checked_in": 1, "live": 0, "local_or_synthetic": 1, "records": ["set__phase__policy"]}
COUNTS: dict[str, Any] = {
    "evidence_records": 14,
    "approval_records": {"defined": 2, "of": 2},
    "signed_provenance": {"reporting": 0, "of": 2},
    "canary_rules": 1,
    "attestation_policies": 2,
    "tracked_releases": ONE,
    "attestation_records": NONE,
    "authority_records": ONE,
    "linkage_records": ONE,
    "adoption_records": ONE,
    "promotion_records": ONE,
    "smoke_records": ONE,
    "rollback_targets": ONE,
    "canary_records": NONE,
    "production_approvals": 0,
}


@pytest.fixture
def counted(document: dict[str, Any]) -> Counted:
    def make(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - a JSON value
        return document | {"counts": copy.deepcopy(COUNTS) | changes}

    return make


def test_counts_that_add_up_are_read(counted: Counted) -> None:
    read = posture_of(counted())
    assert read.counts is not None
    assert read.counts.smoke_records.records == ("set__phase__policy",)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"smoke_records": ONE | {"live": 1}}, "do not add up"),
        ({"smoke_records": ONE | {"checked_in": 2}}, "do not add up"),
        ({"smoke_records": ONE | {"records": []}}, "fewer records are named"),
        ({"smoke_records": ONE | {"live": 1, "local_or_synthetic": 0}}, "smoke_records are live"),
        ({"signed_provenance": {"reporting": 1, "of": 2}}, "provenance counts as signed"),
        ({"production_approvals": 1}, "production approvals are counted"),
        ({"evidence_records": -1}, "evidence_records"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_count_that_claims_too_much_or_does_not_add_up_is_refused(
    counted: Counted, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(MalformedPostureError, match=says):
        posture_of(counted(**changes))


def test_a_live_family_and_a_gate_that_is_ready_are_refused_without_rooted_trust(
    counted: Counted,
) -> None:
    live = {"checked_in": 1, "live": 1, "local_or_synthetic": 0}
    family = counted() | {"families": {"tracking": {"policies": 1, "records": live}}}
    with pytest.raises(MalformedPostureError, match="tracking records are live"):
        posture_of(family)
    gate = {
        "id": "gate.release_target.pot.kitchen",
        "target": "pot",
        "readiness": "proven",
        "deployment_allowed": True,
        "production_ready": True,
        "approval_state": "approved",
        "blockers": [],
    }
    with pytest.raises(MalformedPostureError, match="is ready for production"):
        posture_of(counted() | {"release_gates": [gate]})
