"""The records that a ladder makes are those that the policies of its target ask for."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from tests import policies
from tests.climbing import bakery
from tests.edges.together import Fields, problems, records, stages

if TYPE_CHECKING:
    from pathlib import Path

NO_LISTS: Fields = {name: [] for name in bakery.APPROVAL if name.endswith("_policies")}
ONE_FAULT: dict[str, tuple[Fields, str]] = {
    "a_record_answers_to_a_policy_that_is_there": (
        {"ladder": records("nod", canary="x.y")},
        (
            "ladders/kettle.yaml: stages[4].records.canary: there is no canary policy 'x.y'; "
            "allowed: canary_policy.pot.counter"
        ),
    ),
    "a_record_answers_to_a_policy_of_its_own_family": (
        {"ladder": records("nod", canary="promotion_policy.pot", promotion=None)},
        (
            "ladders/kettle.yaml: stages[4].records.canary: there is no canary policy "
            "'promotion_policy.pot'; allowed: canary_policy.pot.counter"
        ),
    ),
    "a_record_is_made_in_a_phase_that_its_policy_asks_it_of": (
        {"ladder": records("nod", smoke_verification="release_smoke_verification.pot.counter")},
        (
            "ladders/kettle.yaml: stages[4].records.smoke_verification: "
            "'release_smoke_verification.pot.counter' asks nothing of the phase pre-deploy; "
            "allowed: on a stage of post-deploy"
        ),
    ),
    "a_policy_is_answered_to_once_in_a_phase": (
        {"ladder": records("serve", tracking="release_tracking_policy.pot.identity")},
        (
            "ladders/kettle.yaml: stages[6].records.tracking: stages[5].records.tracking answers "
            "to 'release_tracking_policy.pot.identity' already; allowed: once in a phase"
        ),
    ),
    "a_linked_phase_ends_with_its_linkage": (
        {
            "ladder": stages(
                sample={"records": {"linkage": bakery.RECORDS["linkage"]}},
                nod={
                    "records": {
                        family: policy
                        for family, policy in bakery.RECORDS.items()
                        if family != "linkage"
                    }
                },
            )
        },
        (
            "ladders/kettle.yaml: stages[4]: is the last of pre-deploy and records no linkage, "
            "which ties what is there; allowed: `linkage: release_evidence_linkage.pot.phases` "
            "among its records"
        ),
    ),
}


@pytest.mark.parametrize("rule", ONE_FAULT)
def test_each_rule_has_its_fault(tmp_path: Path, rule: str) -> None:
    changes, fault = ONE_FAULT[rule]
    found = problems(tmp_path, bakery.config(**changes))
    assert fault in found
    missing = "no stage of pre-deploy records promotion"
    assert [line for line in found if line != fault and missing not in line] == []


RECORDED = ["tracking", "attestation", "rollback_target", "promotion", "approval_authority"]


def only(*reasons: str) -> Fields:
    """Return changes by which records are asked for by these policies alone."""
    changes: Fields = {"approval": NO_LISTS} if "approval" not in reasons else {}
    for family in {"linkage", "adoption"} - set(reasons):
        changes[family] = {"families": {"pre-deploy": [], "post-deploy": []}}
    return changes


@pytest.mark.parametrize("record", RECORDED)
def test_what_an_approval_lists_is_recorded_in_each_phase(tmp_path: Path, record: str) -> None:
    wanted = bakery.RECORDS[record]
    ladder = records("taste", **{record: None})
    assert problems(tmp_path, bakery.config(**only("approval"), ladder=ladder)) == [
        (
            f"ladders/kettle.yaml: stages[6]: no stage of post-deploy records {record}, which the "
            f"approval of 'pot' asks for under {wanted!r}; allowed: `{record}: {wanted}` among its "
            "records"
        )
    ]


def test_a_smoke_record_is_asked_of_its_policy_s_phases_alone(tmp_path: Path) -> None:
    ladder = records("taste", smoke_verification=None)
    (fault,) = problems(tmp_path, bakery.config(**only("approval"), ladder=ladder))
    assert "no stage of post-deploy records smoke_verification" in fault


@pytest.mark.parametrize("record", [*policies.LINKED, "smoke_verification"])
@pytest.mark.parametrize(("family", "does"), [("linkage", "ties"), ("adoption", "adopts")])
def test_what_is_tied_or_adopted_is_recorded(
    tmp_path: Path, record: str, family: str, does: str
) -> None:
    ladder = records("taste", **{record: None})
    assert problems(tmp_path, bakery.config(**only(family), ladder=ladder)) == [
        (
            f"ladders/kettle.yaml: stages[6]: no stage of post-deploy records {record}, which the "
            f"{family} policy of 'pot' {does}; allowed: `{record}: POLICY` among its records"
        )
    ]


def test_an_earlier_stage_of_the_phase_may_make_the_record(tmp_path: Path) -> None:
    ladder = records("serve", tracking=bakery.RECORDS["tracking"])
    taste = copy.deepcopy(ladder["stages"][-1])
    del taste["records"]["tracking"]
    ladder["stages"][-1] = taste
    assert problems(tmp_path, bakery.config(ladder=ladder)) == []


def test_a_ladder_is_asked_for_nothing_in_a_phase_that_it_lacks(tmp_path: Path) -> None:
    before = [stage for stage in bakery.STAGES if stage["phase"] == "pre-deploy"]
    required = [stage["id"] for stage in before]
    files = bakery.config(ladder={"stages": before}, promotion={"required_stages": required})
    assert problems(tmp_path, files) == []


@pytest.mark.parametrize("family", ["linkage", "adoption"])
def test_families_are_named_for_each_phase_and_for_no_other(tmp_path: Path, family: str) -> None:
    listed = policies.LINKED
    where = f"policies/{family}.yaml: policies[0].families"
    both = {"pre-deploy": listed, "post-deploy": listed}
    too_few = bakery.config(**{family: {"families": {"pre-deploy": listed}}})
    too_many = bakery.config(**{family: {"families": both, "phases": ["pre-deploy"]}})
    assert problems(tmp_path / "few", too_few) == [
        f"{where}: names no families for post-deploy, which is one of its phases; allowed: a list"
    ]
    fault = f"{where}.post-deploy: post-deploy is none of its phases; "
    assert any(line.startswith(fault) for line in problems(tmp_path / "many", too_many))


@pytest.mark.parametrize(
    ("family", "record"),
    [("linkage", "linkage"), ("linkage", "canary"), ("linkage", "adoption"), ("adoption",) * 2],
)
def test_neither_linkage_nor_adoption_names_what_it_cannot_hold(
    tmp_path: Path, family: str, record: str
) -> None:
    both = {"pre-deploy": [*policies.LINKED, record], "post-deploy": policies.LINKED}
    (fault,) = problems(tmp_path, bakery.config(**{family: {"families": both}}))
    where = f"policies/{family}.yaml: policies[0].families.pre-deploy[5]"
    assert fault.startswith(f"{where}: {record} is no family for this; ")
