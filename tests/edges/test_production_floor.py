"""Production's floor: no file of what is called production may say less, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.edges.configuration import load
from pipeline.errors import InvalidConfigurationError
from tests import policies
from tests.climbing import bakery
from tests.edges import projects

if TYPE_CHECKING:
    from pathlib import Path

Fields = dict[str, Any]
APPROVAL: Fields = {
    "approval_mode": "manual_rollout_with_explicit_human_approval",
    "approval_scope": "production_launch",
    "provenance": "signed_by_trusted_workflow",
    "signing": "rooted_trust",
    "execution": {"test": "required", "canary": "required", "production": "production"},
}
SIGNED: Fields = {"verification": "signed_or_attested", "before_production_approval": True}
SIGNED_ARTIFACT: Fields = {"verification_required": True, "before_production_approval": True}
STAGES = [dict(stage) for stage in bakery.STAGES]
STAGES[-3] |= {"anchor": True}
FLOOR: dict[str, Fields] = {
    "ladder": {"channel": "production", "stages": STAGES},
    "promotion": policies.STRICT,
    "approval": APPROVAL,
    "attestation": SIGNED,
    "attestation_artifact": SIGNED_ARTIFACT,
    "approval_authority": policies.NAMED,
    "adoption": {"adopter": "adopter_role"},
}
"""What the bakery says where its bread is called production."""


def problems(root: Path, **changes: Fields) -> list[str]:
    """Return the faults of the strict bakery with some fields changed."""
    made = {
        name: FLOOR.get(name, {}) | changes.get(name, {}) for name in sorted({*FLOOR, *changes})
    }
    projects.write(root, **bakery.config(**made))
    try:
        load(root)
    except InvalidConfigurationError as error:
        return list(error.problems)
    return []


def test_the_strict_bakery_has_no_fault(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


SOFTER: list[tuple[str, Fields, str]] = [
    ("promotion", {"trust": "rehearsal"}, "trust: rehearsal; allowed: trust: rooted"),
    ("promotion", {"anchor": "not_required"}, "anchor: not_required; allowed: anchor: required"),
    ("promotion", {"origin": "local_or_synthetic_proof"}, "allowed: origin: live_workflow_backed"),
    ("promotion", {"certification": "noted"}, "allowed: certification: required"),
    ("promotion", {"security_review": "noted"}, "allowed: security_review: required"),
    ("promotion", {"baseline": "noted"}, "allowed: baseline: required"),
    (
        "approval",
        {"approval_mode": "manual_dispatch_with_human_initiation"},
        (
            "approval_mode: manual_dispatch_with_human_initiation is less than production needs; "
            "allowed: manual_rollout_with_explicit_human_approval"
        ),
    ),
    (
        "approval",
        {"approval_scope": "guarded_rollout_only"},
        (
            "approval_scope: guarded_rollout_only is less than production needs; allowed: "
            "production_launch"
        ),
    ),
    (
        "approval",
        {"provenance": "signed_per_run"},
        (
            "provenance: signed_per_run is less than production needs; allowed: "
            "signed_by_trusted_workflow"
        ),
    ),
    (
        "approval",
        {"signing": "local_key"},
        "signing: local_key is less than production needs; allowed: rooted_trust",
    ),
    (
        "approval",
        {"execution": APPROVAL["execution"] | {"production": "not_production"}},
        "execution.production: not_production is less than production needs; allowed: production",
    ),
    (
        "approval_authority",
        {"named_approver": False, "threshold": 1},
        "named_approver: false is less than production needs; allowed: true",
    ),
    (
        "approval_authority",
        {"human_approval": False},
        "human_approval: false is less than production needs; allowed: true",
    ),
    ("approval_authority", {"threshold": 0}, "threshold: 0 names nobody"),
    (
        "adoption",
        {"adopter": "any_named"},
        "adopter: any_named is less than production needs; allowed: adopter_role",
    ),
    *(
        (family, {field: value}, f"none of these {family} policies asks for signatures")
        for family, field, value in (
            ("attestation", "verification", "digests_recorded"),
            ("attestation", "before_production_approval", False),
            ("attestation_artifact", "verification_required", False),
            ("attestation_artifact", "before_production_approval", False),
        )
    ),
]


@pytest.mark.parametrize(("name", "change", "words"), SOFTER)
def test_each_word_that_says_less_is_one_fault(
    tmp_path: Path, name: str, change: Fields, words: str
) -> None:
    (fault,) = problems(tmp_path, **{name: FLOOR[name] | change})
    assert words in fault


@pytest.mark.parametrize("field", [name for name in bakery.APPROVAL if name.endswith("_policies")])
def test_production_leaves_no_family_out(tmp_path: Path, field: str) -> None:
    (fault,) = problems(tmp_path, approval=APPROVAL | {field: []})
    assert f" {field}: production asks for every family; allowed: at least one " in fault


def test_a_policy_that_asks_for_signatures_counts_only_where_the_approval_lists_it(
    tmp_path: Path,
) -> None:
    files = bakery.config(**{**FLOOR, "attestation": {"verification": "digests_recorded"}})
    strict = policies.attestation(id="attestation_policy.pot.signed", **SIGNED)
    files["policies__attestation"] = policies.family("attestation", policies.attestation(), strict)
    for listed, faults in ((["lineage"], 1), (["lineage", "signed"], 0)):
        ids = [f"attestation_policy.pot.{name}" for name in listed]
        approval = bakery.APPROVAL | APPROVAL | {"attestation_policies": ids}
        root = projects.write(tmp_path / str(faults), **files)
        (root / "config/approvals/pot.yaml").write_text(policies.approval_file(**approval), "utf-8")
        if faults:
            with pytest.raises(InvalidConfigurationError, match="asks for signatures"):
                load(root)
        else:
            assert load(root).policies.for_target("pot").attestation[1].id == ids[1]


def test_a_target_called_production_is_held_to_the_floor_without_a_ladder(tmp_path: Path) -> None:
    files = {
        **projects.FILES,
        "targets/production": "target: production\ndriver: none\n",
        "approvals/production": policies.approval_file("production", gate="kitchen"),
    }
    projects.write(tmp_path, **files)
    with pytest.raises(InvalidConfigurationError) as caught:
        load(tmp_path)
    told = [line.split(": ")[1] for line in caught.value.problems]
    assert {"approval_mode", "approval_scope", "provenance", "signing"} < set(told)


def test_production_without_an_approval_is_shut_and_no_fault(tmp_path: Path) -> None:
    files = {**bakery.config(**FLOOR), "approvals__pot": None}
    assert load(projects.write(tmp_path, **files)).policies.approvals == ()


def test_elsewhere_all_of_that_may_be_said(tmp_path: Path) -> None:
    projects.write(tmp_path, **bakery.config())
    assert load(tmp_path).ladders["kettle"].channel == "home"
