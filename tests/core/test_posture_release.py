"""The release target gate decides what is proven, and whose approval makes ready for production."""

from __future__ import annotations

import dataclasses

from pipeline.core.gates.hold import finding_of
from pipeline.core.policies import ReleaseApproval
from pipeline.core.posture import target_entry
from tests import policies
from tests.core.gates.cases import held as held_by
from tests.core.test_posture import decision, live, standing


def test_what_the_release_target_gate_holds_is_not_proven_however_many_stages_passed() -> None:
    held = dataclasses.replace(live(standing(5)), release=decision("sip", "tracking.fields"))
    for found in (held, dataclasses.replace(held, release=None)):
        told = target_entry(found)
        assert (told["readiness"], told["production_ready"]) == ("held", False)
    assert [item["id"] for item in target_entry(held)["blockers"]] == ["tracking.fields"]


def test_nothing_may_be_deployed_to_a_target_that_somebody_holds() -> None:
    assert target_entry(standing(5))["deployment_allowed"] is True
    found = finding_of(held_by("hold"), "pot")
    assert found is not None
    told = target_entry(dataclasses.replace(standing(5), held=found))
    assert told["deployment_allowed"] is False
    assert [blocker["id"] for blocker in told["blockers"]] == ["hold.held"]
    assert finding_of(held_by("lift"), "pot") is None


def test_a_guarded_rollouts_approval_makes_nothing_ready_for_production() -> None:
    guarded = ReleaseApproval.from_json(policies.approval())
    for given in (guarded, None):
        found = dataclasses.replace(live(standing(5)), approval=given)
        assert target_entry(found)["production_ready"] is False
