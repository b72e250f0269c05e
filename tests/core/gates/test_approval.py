"""Gate `approval`: what goes live was approved, for exactly this evidence, by who may."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.evidence import Believed, Evidence
from pipeline.core.gates import Finding
from tests.core.gates.cases import ask, evidence, told
from tests.core.gates.signed import (
    BOUND,
    CONTEXT,
    NAMED,
    NOW,
    STAGES,
    D,
    E,
    approval,
    below,
    ladder,
    passed,
)
from tests.proof import making

STALE: dict[str, dict[str, Any]] = {
    "the run": {"context": E},
    "the evidence before it": {"stage_results": [str(below()[0].digest)]},
    "evidence in another order": {"stage_results": [str(item.digest) for item in below()[::-1]]},
    "the artifacts": {"artifacts": [{"name": "tea.whl", "digest": D}]},
    "an artifact's name": {"artifacts": [{"name": "other.whl", "digest": D}]},
    "no artifacts": {"artifacts": []},
    "the ladder": {"ladder": D},
    "the policies": {"policies": D},
    "the trust": {"trust": D},
    "the live state": {"live_state": D},
    "the rollback target": {"rollback_target": D},
    "it expired": {"expires_at": "2026-06-01T11:59:59Z"},
    "it expired this second": {"expires_at": NOW},
    "later than now": {"issued_at": "2026-06-01T12:00:01Z"},
}
ADA, BOB = approval("ada"), approval("bob", making.ED25519)


def asked(*given: Believed, **changes: Any) -> list[Finding]:  # noqa: ANN401 - fields
    return ask("approval", "bless", authority=NAMED, approvals=given, **changes)


def deployed(*given: Believed, **changes: Any) -> list[Finding]:  # noqa: ANN401 - fields
    return ask("approval", evidence=evidence(approved=given), **changes)


# rule 1 ----------------------------------------------------------------------------------------


def test_rule_1_a_rollout_with_a_standing_approval_passes_and_names_it() -> None:
    given = approval(approver=None)
    found = deployed(given)
    assert told(found) == [("approval.stands", "passes")]
    assert found[0].evidence == (str(given.bundle_digest),)


@pytest.mark.parametrize("name", STALE)
def test_rule_1_an_approval_that_binds_anything_else_is_void(name: str) -> None:
    found = deployed(approval(**STALE[name]))
    assert told(found) == [("approval.void", "holds")]
    assert found[0].command == "invoke promote --ladder kettle --stage ok"


@pytest.mark.parametrize(
    ("name", "said"),
    [(name, name) for name in STALE if name.startswith("the ")]
    + [("it expired", "it expired at 2026-06-01T11:59:59Z"), ("later than now", "later than now")],
)
def test_rule_1_the_finding_says_what_changed(name: str, said: str) -> None:
    (finding,) = deployed(approval(**STALE[name]))
    assert said in finding.what


@pytest.mark.parametrize("field", ["ladder", "policies", "trust", "live_state", "rollback_target"])
def test_rule_1_an_approval_is_void_when_the_world_changes_under_it(field: str) -> None:
    changed = dataclasses.replace(BOUND, **{field: D})
    found = deployed(approval(), bound=changed)
    assert told(found) == [("approval.void", "holds")]


def test_rule_1_a_passed_approval_stage_without_approval_holds() -> None:
    found = deployed()
    assert told(found) == [("approval.void", "holds")]
    assert "there is no approval" in found[0].what


def test_rule_1_an_approval_in_another_stages_evidence_is_none() -> None:
    first, second = below()
    elsewhere = Evidence(stages=(first, passed("boil", *second.statements, approval())))
    assert told(ask("approval", evidence=elsewhere)) == [("approval.void", "holds")]


def test_rule_1_a_stage_that_has_not_passed_is_left_to_the_gate_order() -> None:
    assert ask("approval", evidence=evidence("bless"), missing=("bless",)) == []


def test_rule_1_every_approval_stage_below_must_stand() -> None:
    twice = ladder([*STAGES[:2], STAGES[2] | {"id": "nod", "alias": "nod"}, *STAGES[2:]])
    bound = dataclasses.replace(BOUND, ladder=str(twice.digest))
    nod = approval(ladder=bound.ladder, stage="nod")
    first = dataclasses.replace(passed("bless", nod))
    first = dataclasses.replace(first, result=first.result.model_copy(update={"stage": "nod"}))
    results = [str(item.digest) for item in (*below(), first)]
    both = (first, passed("bless", approval(ladder=bound.ladder, stage_results=results)))
    changes: dict[str, Any] = {"ladder": twice, "stage": twice.stage("pour"), "bound": bound}
    good = ask("approval", evidence=Evidence(stages=(*below(), *both)), **changes)
    assert told(good) == [("approval.stands", "passes")] * 2
    bad = (dataclasses.replace(first, statements=()), both[1])
    found = ask("approval", evidence=Evidence(stages=(*below(), *bad)), **changes)
    assert sorted(told(found)) == [("approval.stands", "passes"), ("approval.void", "holds")]


def test_rule_1_a_stage_without_live_effect_wants_no_approval() -> None:
    for name in ("taste", "boil", "sip"):
        assert ask("approval", name, authority=None, evidence=Evidence()) == []


# rule 2 ----------------------------------------------------------------------------------------


def test_rule_2_a_policy_that_accepts_the_local_manual_authority_asks_for_nobody() -> None:
    assert told(ask("approval", "bless")) == [("approval.local_manual", "passes")]


def test_rule_2_two_distinct_principals_reach_a_threshold_of_two() -> None:
    found = asked(ADA, BOB)
    assert told(found) == [("approval.standing", "passes")]
    assert set(found[0].evidence) == {str(ADA.bundle_digest), str(BOB.bundle_digest)}


def test_rule_2_too_few_hold_and_the_command_signs_one() -> None:
    for given in ((), (ADA,)):
        found = asked(*given)
        assert told(found) == [("approval.missing", "holds")]
        assert f"{len(given)} of 2" in found[0].what
        assert found[0].command.startswith("invoke approve --ladder kettle --stage ok --reason")


def test_rule_2_one_person_counts_once_however_many_bundles_keys_or_names() -> None:
    again = approval("ada", nonce="01")
    other_key = approval("ada", making.ED25519, nonce="02")
    other_name = approval("ada", approver="bob", nonce="03")
    found = asked(ADA, again, other_key, other_name)
    assert told(found) == [("approval.missing", "holds")]
    assert "1 of 2" in found[0].what


def test_rule_2_a_named_approver_policy_wants_at_least_one() -> None:
    lax = NAMED.model_copy(update={"threshold": 0})
    found = ask("approval", "bless", authority=lax, approvals=())
    assert told(found) == [("approval.missing", "holds")]


def test_rule_2_a_threshold_without_names_still_counts_principals() -> None:
    counted = NAMED.model_copy(update={"named_approver": False})
    found = ask("approval", "bless", authority=counted, approvals=(ADA,))
    assert told(found) == [("approval.missing", "holds")]


def test_rule_2_an_approval_of_nobody_or_of_another_stage_does_not_count() -> None:
    for other in (approval("bob", approver=None), approval("bob", stage="pour")):
        assert told(asked(ADA, other)) == [("approval.missing", "holds")]


def test_an_empty_policy_denies() -> None:
    found = ask("approval", "bless", authority=None, approvals=(ADA, BOB))
    assert told(found) == [("approval.no_policy", "holds")]


# rule 3 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STALE)
def test_rule_3_an_approval_that_binds_anything_else_counts_for_nothing(name: str) -> None:
    found = asked(ADA, approval("bob", making.ED25519, **STALE[name]))
    assert told(found) == [("approval.missing", "holds")]
    assert found[0].evidence == (str(ADA.bundle_digest),)


def test_rule_3_a_second_approver_does_not_void_the_first() -> None:
    later = evidence("pour", approved=(ADA, BOB)).stages
    found = asked(ADA, BOB, evidence=Evidence(stages=later))
    assert told(found) == [("approval.standing", "passes")]


def test_an_approval_is_of_one_run() -> None:
    other = dataclasses.replace(CONTEXT, run_id_audit="00000000-0000-0000-0000-000000000008")
    assert told(asked(ADA, BOB, context=other)) == [("approval.missing", "holds")]
