"""Production's floor: no file of what is called production may say less, field by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.edges.configuration import load
from pipeline.errors import InvalidConfigurationError
from tests import policies
from tests.climbing import bakery
from tests.edges import projects
from tests.production import asked

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
NOD, SERVE = -3, -2
STAGES[0] |= {"anchor": True}
STAGES[SERVE] |= {"anchor": True}
RULE: Fields = asked.RULE
LINKED: Fields = policies.linkage()["families"]
ADOPTED: Fields = policies.adoption()["families"]
SHARED: list[str] = policies.linkage()["shared_identity_fields"]


def excepted(finding: str) -> Fields:
    """Return the exceptions of a promotion policy that has one."""
    fields = {"reason": "r", "owner": "ada", "expires": "2030-01-01T00:00:00Z"}
    return {"exceptions": [{"finding": finding} | fields]}


def staged(at: int, **changes: object) -> Fields:
    """Return the ladder with one stage changed."""
    stages = [dict(stage) for stage in STAGES]
    stages[at] |= changes
    return {"stages": stages}


FLOOR: dict[str, Fields] = {
    "ladder": {"channel": "production", "stages": STAGES},
    "promotion": policies.STRICT | {"certified": [asked.HERE]},
    "approval": APPROVAL,
    "attestation": SIGNED,
    "attestation_artifact": SIGNED_ARTIFACT,
    "approval_authority": policies.NAMED,
    "adoption": {"adopter": "adopter_role"},
    "canary": {"rule": RULE},
    "target": {"bake": "1s"},
    "linkage": {},
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


LIMITS: list[tuple[str, Fields, str]] = [
    *(
        ("promotion", excepted(finding), f"exceptions[0].finding: {finding} is excepted, and")
        for finding in (
            "reviews.uncovered",
            "reviews.void.review.pot",
            "compatibility.missing",
            "baseline.drift.oven",
        )
    ),
    (
        "promotion",
        {"required_stages": [bakery.TOP]},
        "required_stages: production asks for every stage of its ladder; allowed: with bake, look",
    ),
    ("promotion", {"certified": []}, "certified: production is certified somewhere; allowed: at"),
    ("approval_authority", {"expires": "8d"}, "expires: 8d is longer than"),
    ("approval_authority", {"expires": "604801s"}, "allowed: up to 7d"),
    ("ladder", staged(SERVE, anchor=False), "stages[5].anchor: what goes live in production"),
    *(
        ("approval", {"execution": APPROVAL["execution"] | {kind: "not_asked"}}, f".{kind}: not_")
        for kind in ("test", "canary")
    ),
    ("approval", {"canary_rules": []}, "canary_rules: production asks for one; allowed: at least"),
    ("approval", {"rollback_references": []}, "rollback_references: production asks for one"),
    *(
        (
            "linkage",
            {"shared_identity_fields": [each for each in SHARED if each != field]},
            f"production compares every shared field; allowed: with {field}",
        )
        for field in SHARED
    ),
    *(
        (family, {"families": families | {phase: []}}, f"families.{phase}: production asks for")
        for family, families in (("linkage", LINKED), ("adoption", ADOPTED))
        for phase in families
    ),
    *(
        ("canary", {"rule": RULE | {group: RULE[group] | {field: said}}}, f"{field}: {said} is")
        for group, field, said in (
            ("margins", "error_rate", "0.051"),
            ("margins", "p95_ratio", "4.1"),
            ("objectives", "error_rate", "1"),
        )
    ),
    ("canary", {"rule": RULE | {"min_samples": 99}}, "allowed: at least 100"),
    ("target", {"bake": "0s"}, "bake: production watches a new release; allowed: more than 0s"),
    ("target", {"bake": "0d"}, "bake: production watches a new release; allowed: more than 0s"),
]


@pytest.mark.parametrize(("name", "change", "words"), SOFTER + LIMITS)
def test_each_word_that_says_less_is_one_fault(
    tmp_path: Path, name: str, change: Fields, words: str
) -> None:
    (fault,) = problems(tmp_path, **{name: FLOOR.get(name, {}) | change})
    assert words in fault


@pytest.mark.parametrize("said", ["7d", "168h", "1h"])
def test_an_approval_of_production_may_stand_a_week(tmp_path: Path, said: str) -> None:
    assert problems(tmp_path, approval_authority=policies.NAMED | {"expires": said}) == []


def test_a_check_may_be_excepted_with_an_owner_and_a_reason(tmp_path: Path) -> None:
    made = FLOOR["promotion"] | excepted("checks.digests.failed")
    assert problems(tmp_path, promotion=made) == []
    made["exceptions"][0]["owner"] = ""
    assert problems(tmp_path, promotion=made) != []


def test_production_is_tasted(tmp_path: Path) -> None:
    found = problems(tmp_path, smoke_verification={"checks": []})
    assert any("policies[0].checks: " in fault for fault in found)


def test_a_ladder_to_production_has_an_approval_stage(tmp_path: Path) -> None:
    steps = [{"task": "bakery.nod"}]
    found = problems(tmp_path, ladder=FLOOR["ladder"] | staged(NOD, approval=False, steps=steps))
    assert any("stages: nothing on the way to production is approved" in fault for fault in found)


def test_what_has_a_default_is_as_soft_when_it_is_not_written(tmp_path: Path) -> None:
    files = {**bakery.config(**FLOOR), "targets__pot": json.dumps(bakery.TARGET)}
    promotion = policies.promotion(**policies.STRICT, required_stages=bakery.STAGE_IDS)
    files["policies__promotion"] = policies.family("promotion", promotion)
    files["ladders__kettle"] = json.dumps(bakery.LADDER | {"channel": "production"})
    with pytest.raises(InvalidConfigurationError) as caught:
        load(projects.write(tmp_path, **files))
    told = " ".join(caught.value.problems)
    for words in ("bake: production", "certified: production", "anchor: what goes live"):
        assert words in told


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
