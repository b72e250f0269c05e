"""The evidence registry is words: what may be said, and that it counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.crosscheck import crosscheck
from pipeline.core.gates import decide
from pipeline.core.policies.promotion import Demand
from pipeline.core.registry import EvidenceStatus, Registry
from tests.core.gates.cases import case
from tests.core.gates.signed import PROMOTION


def entry(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": "evidence.pot.smoke",
        "title": "Smoke checks",
        "kind": "post_deploy_smoke",
        "status": "implemented_initial",
        "stages": ["pot"],
        "provenance_status": "post_deploy_smoke_only",
        "production_grade": False,
        "notes": "after a deploy",
    } | changes


PRIVATE = {
    "id": "evidence.pot.private",
    "kind": "private_acceptance_proof",
    "status": "defined_launch_window_proof_pending",
    "proof": {"test": "lid_stays_on"},
}


def registry(*entries: dict[str, Any]) -> Registry:
    return Registry.from_json({"evidence": list(entries)})


def refused(*entries: dict[str, Any]) -> str:
    with pytest.raises(MalformedError) as caught:
        registry(*entries)
    return str(caught.value)


def test_an_entry_is_read_and_written_the_same() -> None:
    one = registry(entry(), entry(**PRIVATE))
    assert Registry.from_json(one.to_dict()) == one
    assert one.digest != registry(entry()).digest


def test_entries_are_found_by_stage_and_proofs_are_those_with_a_test() -> None:
    known = registry(entry(), entry(id="evidence.repo.ci", stages=["repo"]), entry(**PRIVATE))
    assert [one.id for one in known.for_stage("repo")] == ["evidence.repo.ci"]
    assert [one.proof.test for one in known.proofs("pot") if one.proof] == ["lid_stays_on"]
    assert known.proofs("repo") == ()


def test_each_id_and_each_stage_of_an_entry_stands_once() -> None:
    assert "evidence[0] already" in refused(entry(), entry())
    assert "stages[0] already" in refused(entry(stages=["pot", "pot"]))


def test_a_private_proof_says_by_which_test_and_nothing_else_has_one() -> None:
    assert "nothing could ever satisfy" in refused(entry(**(PRIVATE | {"proof": None})))
    assert "has no proof" in refused(entry(proof={"test": "lid_stays_on"}))


def test_there_is_no_word_for_done() -> None:
    for word in ("executed", "passed", "satisfied", "approved", "live"):
        assert "status" in refused(entry(status=word))
    assert not {word for word in EvidenceStatus if "pass" in word or word.startswith("executed")}


@pytest.mark.parametrize(
    "changes",
    [
        *({"kind": "anything"}, {"provenance_status": "signed"}, {"production_grade": "yes"}),
        *({"stages": []}, {"satisfied": True}, {"origin": "live_workflow_backed"}),
        *({"title": ""}, {"id": "smoke"}),
    ],
)
def test_other_words_are_refused(changes: dict[str, Any]) -> None:
    assert refused(entry(**changes))


def test_what_is_declared_is_told_under_that_name() -> None:
    (one,) = registry(entry(production_grade=True)).evidence
    assert one.declared() == {
        "status": "implemented_initial",
        "provenance_status": "post_deploy_smoke_only",
        "production_grade": True,
        "notes": "after a deploy",
    }


@pytest.mark.parametrize("stage", ["taste", "pour"])
def test_no_boast_of_the_registry_moves_any_gate(stage: str) -> None:
    modest = registry(entry())
    boast = registry(entry(production_grade=True, notes="live, signed, approved for production"))
    strict = PROMOTION.model_copy(
        update={"baseline": Demand.REQUIRED, "security_review": Demand.REQUIRED}
    )
    for promotion in (PROMOTION, strict, None):
        one, other = (
            decide(case(stage, registry=known, promotion=promotion)) for known in (modest, boast)
        )
        assert one.findings == other.findings
        assert one.inputs["registry"] != other.inputs["registry"]


def test_a_stage_of_an_entry_is_a_place_or_a_target_that_is_there() -> None:
    documents = {"targets/pot": {}, "registry": {"evidence": [entry(stages=["repo", "pott"])]}}
    (found,) = [one for one in crosscheck(documents) if one.document == "registry"]
    assert found.path == ("evidence", 0, "stages", 1)
    assert "did you mean 'pot'" in found.message


@pytest.mark.parametrize(
    ("key", "document", "path"),
    [
        (
            "policies/smoke_verification",
            {"policies": [{"evidence": "evidence.pot.smok"}]},
            ("policies", 0, "evidence"),
        ),
        (
            "policies/canary",
            {"policies": [{"boundary": {"evidence": ["evidence.pot.smok"]}}]},
            ("policies", 0, "boundary", "evidence", 0),
        ),
        ("approvals/pot", {"launch_proofs": ["evidence.pot.smok"]}, ("launch_proofs", 0)),
        ("approvals/pot", {"launch_proofs": ["evidence.pot.smoke"]}, ("launch_proofs", 0)),
    ],
)
def test_evidence_that_is_named_is_in_the_registry_and_a_launch_proof_has_a_proof(
    key: str, document: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    known = {"evidence": [entry(), entry(**PRIVATE)]}
    documents = {"targets/pot": {}, "registry": known, key: document}
    found = [one for one in crosscheck(documents) if "registry" in one.message]
    assert [(one.document, one.path) for one in found] == [(key, path)]
    sound: dict[str, Any] = {
        "policies/smoke_verification": {"policies": [{"evidence": "evidence.pot.smoke"}]},
        "approvals/pot": {"launch_proofs": ["evidence.pot.private"]},
    }
    again = {**documents, key: sound.get(key, {})}
    assert [one for one in crosscheck(again) if "registry" in one.message] == []
