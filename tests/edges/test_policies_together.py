"""What policies, approvals, ladders and targets say of each other: each broken word is a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import policies
from tests.climbing import bakery
from tests.edges import projects
from tests.edges.together import Fields, problems, stages

if TYPE_CHECKING:
    from pathlib import Path


def test_the_bakery_has_no_fault(tmp_path: Path) -> None:
    assert problems(tmp_path, bakery.config()) == []


def test_a_target_without_an_approval_is_no_fault(tmp_path: Path) -> None:
    assert problems(tmp_path, {**bakery.config(), "approvals__pot": None}) == []


def test_an_approval_stands_in_the_file_of_its_target(tmp_path: Path) -> None:
    files = bakery.config()
    files["approvals__cup"] = files.pop("approvals__pot")
    found = problems(tmp_path, {**files, "approvals__pot": None})
    assert found == [
        (
            "approvals/cup.yaml: target: 'pot' stands in a file named cup.yaml; allowed: cup, or "
            "another name for the file"
        )
    ]


def test_an_approval_is_for_a_target_that_is_there(tmp_path: Path) -> None:
    files = {**bakery.config(), "approvals__cup": policies.approval_file("cup")}
    assert problems(tmp_path, files) == [
        "approvals/cup.yaml: target: there is no target 'cup'; allowed: pot"
    ]


LISTS = {
    "tracking_policies": ("tracking", "release_tracking_policy.pot.identity"),
    "authority_policies": ("approval_authority", "approval_authority.pot"),
    "promotion_policies": ("promotion", "promotion_policy.pot"),
    "rollback_policies": ("rollback", "release_rollback_policy.pot.documented"),
    "smoke_policies": ("smoke_verification", "release_smoke_verification.pot.counter"),
    "attestation_policies": ("attestation", "attestation_policy.pot.lineage"),
    "attestation_artifact_policies": (
        "attestation_artifact",
        "release_attestation_artifact.pot.lineage",
    ),
}


@pytest.mark.parametrize("field", LISTS)
def test_an_approval_lists_policies_that_are_there(tmp_path: Path, field: str) -> None:
    family, known = LISTS[field]
    files = bakery.config(approval={field: [known, "a.policy.of_nobody"]})
    assert problems(tmp_path, files) == [
        (
            f"approvals/pot.yaml: {field}[1]: there is no {family} policy 'a.policy.of_nobody'; "
            f"allowed: {known}"
        )
    ]


def test_an_approval_lists_policies_of_its_own_target(tmp_path: Path) -> None:
    other = policies.tracking("cup")
    files = bakery.config(approval={"tracking_policies": [other["id"]]})
    files["targets__cup"] = "target: cup\ndriver: none\n"
    files["policies__tracking"] = policies.family("tracking", policies.tracking(), other)
    assert problems(tmp_path, files) == [
        (
            f"approvals/pot.yaml: tracking_policies[0]: the tracking policy {other['id']!r} is for "
            "the target 'cup', not 'pot'; did you mean 'release_tracking_policy.pot.identity'? "
            "allowed: release_tracking_policy.pot.identity"
        )
    ]


def test_an_approval_lists_no_policy_of_a_family_without_a_file(tmp_path: Path) -> None:
    files = {**projects.FILES, "approvals/pot": policies.approval_file(rollback_policies=["a.b"])}
    assert problems(tmp_path, files) == [
        (
            "approvals/pot.yaml: rollback_policies[0]: there is no rollback policy 'a.b'; allowed: "
            "none are there"
        )
    ]


A_STAGE = "bake, look, nod, sample, serve, taste, try"
CANARY_CLAIMS = ["universal_support", "production_approval", "wider_compatibility"]
ONE_FAULT: dict[str, tuple[Fields, str]] = {
    "an_approval_has_the_gate_of_a_ladder_to_its_target": (
        {"approval": {"gate": "kitchens"}},
        (
            "approvals/pot.yaml: gate: no ladder to 'pot' has the gate 'kitchens'; did you mean "
            "'kitchen'? allowed: kitchen"
        ),
    ),
    "an_approval_lists_the_rule_of_the_canary_policy": (
        {"approval": {"canary_rules": ["canary_rule.pot.other"]}},
        (
            "approvals/pot.yaml: canary_rules[0]: 'canary_rule.pot.other' is not the rule of the "
            "canary policy of 'pot'; did you mean 'canary_rule.pot.counter'? allowed: "
            "canary_rule.pot.counter"
        ),
    ),
    "a_required_stage_is_a_stage": (
        {"promotion": {"required_stages": ["bake", "tastes"]}},
        (
            "policies/promotion.yaml: policies[0].required_stages[1]: no ladder to 'pot' has a "
            f"stage 'tastes'; did you mean 'taste'? allowed: {A_STAGE}"
        ),
    ),
    "a_manual_stage_is_a_stage": (
        {"promotion": {"manual_stages": ["zest"]}},
        (
            "policies/promotion.yaml: policies[0].manual_stages[0]: no ladder to 'pot' has a stage "
            f"'zest'; allowed: {A_STAGE}"
        ),
    ),
    "a_stage_that_the_policy_calls_manual_is_manual": (
        {"promotion": {"manual_stages": ["serve"]}},
        (
            "ladders/kettle.yaml: stages[5].manual: 'serve' is one of the promotion policy's "
            "manual_stages; allowed: true, or not listed there"
        ),
    ),
    "a_manual_stage_is_one_that_the_policy_calls_manual": (
        {"ladder": stages(serve={"manual": True})},
        (
            "ladders/kettle.yaml: stages[5].manual: 'serve' is manual, and the promotion policy "
            "does not list it among manual_stages; allowed: false, or listed there"
        ),
    ),
    "a_promotion_names_attestation_policies_that_are_there": (
        {"promotion": {"attestation_policies": ["x.y"]}},
        (
            "policies/promotion.yaml: policies[0].attestation_policies[0]: there is no attestation "
            "policy 'x.y'; allowed: attestation_policy.pot.lineage"
        ),
    ),
    "an_authority_belongs_to_a_promotion_policy_that_is_there": (
        {"approval_authority": {"promotion_policy": "x.y"}},
        (
            "policies/approval_authority.yaml: policies[0].promotion_policy: there is no promotion "
            "policy 'x.y'; allowed: promotion_policy.pot"
        ),
    ),
    "an_attestation_covers_stages_that_are_there": (
        {"attestation": {"stages": ["bake", "knead"]}},
        (
            "policies/attestation.yaml: policies[0].stages[1]: no ladder to 'pot' has a stage "
            f"'knead'; allowed: {A_STAGE}"
        ),
    ),
    "a_smoke_verification_lists_checks_of_the_target": (
        {"smoke_verification": {"checks": ["sip", "till", "gulp"]}},
        (
            "policies/smoke_verification.yaml: policies[0].checks[2]: the target has no smoke "
            "check 'gulp'; allowed: sip, till"
        ),
    ),
    "an_operator_session_needs_a_listed_check_behind_it": (
        {"smoke_verification": {"checks": ["sip"]}},
        (
            "policies/smoke_verification.yaml: policies[0].operator_session: no check behind the "
            "session is listed; allowed: false, or with one of: till"
        ),
    ),
    "a_canary_s_boundary_prohibits_what_no_canary_can_carry": (
        {"canary": {"boundary": policies.boundary() | {"prohibited_claims": CANARY_CLAIMS}}},
        (
            "policies/canary.yaml: policies[0].boundary.prohibited_claims: without "
            "signed_provenance, which no canary can carry; allowed: with them"
        ),
    ),
}


@pytest.mark.parametrize("rule", ONE_FAULT)
def test_each_rule_has_its_fault(tmp_path: Path, rule: str) -> None:
    changes, fault = ONE_FAULT[rule]
    assert problems(tmp_path, bakery.config(**changes)) == [fault]


def test_a_stage_of_any_ladder_to_the_target_is_a_stage_of_the_target(tmp_path: Path) -> None:
    files = dict(projects.FILES)
    files["ladders/quick"] = files["ladders/kettle"].replace("ladder: kettle", "ladder: quick")
    files["ladders/quick"] = files["ladders/quick"].replace("id: boil", "id: warm")
    for required, faults in ((["warm", "boil"], 0), (["warm", "steep"], 1)):
        promotion = policies.promotion(required_stages=required)
        files["policies/promotion"] = policies.family("promotion", promotion)
        assert len(problems(tmp_path / str(faults), files)) == faults


def test_a_faulty_ladder_is_looked_past_by_what_names_its_stages(tmp_path: Path) -> None:
    files = bakery.config(promotion={"required_stages": ["nowhere"]})
    found = problems(tmp_path, {**files, "ladders__kettle": "ladder: kettle\ntarget: [pot]\n"})
    assert found
    assert all(line.startswith("ladders/kettle.yaml") for line in found)
