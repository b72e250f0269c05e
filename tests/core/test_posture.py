"""Posture: every word follows from journal, evidence and decisions, and none is too good."""

from __future__ import annotations

import dataclasses
from itertools import product
from typing import Any

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.gates import Decision, Finding, Verdict, Weight, decide
from pipeline.core.journal import Journal, Status
from pipeline.core.policies import ReleaseApproval
from pipeline.core.posture import Standing, document, stage_states, target_entry
from tests import policies
from tests.core.gates.cases import case, evidence
from tests.core.gates.signed import (
    CONTEXT,
    LADDER,
    STAGES,
    approval,
    from_workflow,
    ladder,
    passed,
)
from tests.core.histories import Scribe

IDS = [stage.id for stage in LADDER.stages]


def journal(done: int, last: Status | None = None) -> Journal:
    """Return a journal in which so many stages passed, and the next had an attempt that ended."""
    scribe = Scribe()
    for stage in IDS[:done]:
        scribe.attempt(f"{stage}/1")
    if last is Status.BEGIN:
        scribe.write(Status.BEGIN, f"{IDS[done]}/1")
    elif last is not None:
        scribe.attempt(f"{IDS[done]}/1", last)
    return Journal(tuple(scribe.entries))


def decision(stage: str, *holds: str) -> Decision:
    findings = [Finding(id="x.good", weight=Weight.PASSES, what="good")]
    findings += [
        Finding(id=name, weight=Weight.HOLDS, what=f"{name} of {stage}", command="mend it")
        for name in holds
    ]
    return Decision(
        verdict=Verdict.HOLD if holds else Verdict.PROCEED,
        stage=stage,
        run=CONTEXT.run_id,
        now="2026-06-01T12:00:00Z",
        findings=tuple(findings),
        inputs={},
    )


def standing(
    done: int = 2,
    last: Status | None = None,
    holds: dict[str, tuple[str, ...]] | None = None,
    **changes: Any,  # noqa: ANN401 - fields
) -> Standing:
    """Return a release with so many passed stages; those above hold because of the order."""
    decisions = {}
    for number, stage in enumerate(IDS[done:]):
        order = ("order.not_climbed",) if number else ()
        decisions[stage] = decision(stage, *order, *(holds or {}).get(stage, ()))
    proofs = Evidence(stages=(*evidence("sip").stages, passed("sip"))[:done])
    fields: dict[str, Any] = {
        "ladder": LADDER,
        "context": CONTEXT,
        "journal": journal(done, last),
        "evidence": proofs,
        "decisions": decisions,
        "rooted": False,
        "release": decision("sip") if done == len(IDS) else None,
        "approval": LAUNCH_APPROVAL,
    }
    return Standing(**(fields | changes))


LAUNCH_APPROVAL = ReleaseApproval.from_json(policies.approval(approval_scope="production_launch"))


def live(before: Standing) -> Standing:
    stages = tuple(from_workflow(item) for item in before.evidence.stages)
    return dataclasses.replace(before, evidence=Evidence(stages=stages), rooted=True)


@pytest.mark.parametrize(
    ("found", "readiness"),
    [
        (standing(0), "not_started"),
        (standing(2), "climbing"),
        (standing(2, Status.BEGIN), "climbing"),
        (standing(2, Status.RETRY), "climbing"),
        (standing(2, holds={"bless": ("policy.none",)}), "held"),
        (standing(0, holds={"taste": ("policy.none",)}), "held"),
        (standing(2, Status.FAIL), "failed"),
        (standing(2, Status.FAIL, holds={"bless": ("attempts.failed",)}), "failed"),
        (standing(5), "proven"),
        (standing(4, decisions={}), "held"),
    ],
)
def test_readiness_is_one_word_for_how_far_it_has_come(found: Standing, readiness: str) -> None:
    assert target_entry(found)["readiness"] == readiness


@pytest.mark.parametrize("done", [0, 2, 3, 5])
def test_an_abandoned_release_is_abandoned_however_far_it_had_come(done: int) -> None:
    scribe = Scribe()
    for stage in IDS[:done]:
        scribe.attempt(f"{stage}/1")
    scribe.write(Status.ABANDONED, "abandoned/1")
    given_up = live(standing(done, journal=Journal(tuple(scribe.entries))))
    told = target_entry(given_up)
    assert (told["readiness"], told["deployment_allowed"]) == ("abandoned", False)
    assert told["production_ready"] is False


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (standing(0), "next waiting waiting waiting waiting"),
        (standing(2), "done done next waiting waiting"),
        (standing(2, Status.BEGIN), "done done next waiting waiting"),
        (standing(2, holds={"bless": ("x.y",)}), "done done held waiting waiting"),
        (standing(2, Status.FAIL), "done done failed waiting waiting"),
        (standing(5), "done done done done done"),
        (standing(2, decisions={}), "done done held waiting waiting"),
    ],
)
def test_each_stage_has_its_word(found: Standing, words: str) -> None:
    assert list(stage_states(found)) == IDS
    assert list(stage_states(found).values()) == words.split()
    assert [stage["state"] for stage in target_entry(found)["stages"]] == words.split()


def test_a_stage_above_one_that_opened_again_is_no_longer_done() -> None:
    scribe = Scribe(entries=list(journal(4).entries))
    scribe.write(Status.BEGIN, "bless/2")
    again = standing(2, journal=Journal(tuple(scribe.entries)))
    assert list(stage_states(again).values()) == ["done", "done", "next", "waiting", "waiting"]


# production_ready -------------------------------------------------------------------------------


def test_proven_live_evidence_under_rooted_trust_is_ready_for_production() -> None:
    entry = target_entry(live(standing(5)))
    assert (entry["production_ready"], entry["origin_class"]) == (True, "live_workflow_backed")


@pytest.mark.parametrize("done", range(6))
def test_under_rehearsal_trust_nothing_is_ready_for_production(done: int) -> None:
    for found in (standing(done), dataclasses.replace(live(standing(done)), rooted=False)):
        assert target_entry(found)["production_ready"] is False


@pytest.mark.parametrize(
    ("rooted", "proven", "origin"),
    [combination for combination in product([True, False], repeat=3) if not all(combination)],
)
def test_whatever_is_missing_is_not_ready(*, rooted: bool, proven: bool, origin: bool) -> None:
    found = standing(5 if proven else 4)
    found = live(found) if origin else found
    assert target_entry(dataclasses.replace(found, rooted=rooted))["production_ready"] is False


def test_one_local_result_among_a_workflows_makes_all_local() -> None:
    found = live(standing(5))
    mixed = (*found.evidence.stages[:4], passed("sip"))
    entry = target_entry(dataclasses.replace(found, evidence=Evidence(stages=mixed)))
    assert (entry["origin_class"], entry["production_ready"]) == ("local_or_synthetic_proof", False)


def test_an_imported_local_result_counts_against_it_too() -> None:
    found = live(standing(5))
    mixed = dataclasses.replace(found.evidence, imported=(passed("taste", reason="elsewhere"),))
    assert target_entry(dataclasses.replace(found, evidence=mixed))["production_ready"] is False


def test_no_evidence_has_no_origin_and_is_not_ready() -> None:
    entry = target_entry(dataclasses.replace(standing(5), evidence=Evidence(), rooted=True))
    assert (entry["origin_class"], entry["production_ready"]) == (None, False)


# deployment_allowed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "allowed"),
    [
        (standing(0), False),
        (standing(2), False),
        (standing(3), True),
        (standing(3, holds={"pour": ("window.frozen",)}), False),
        (standing(5), True),
        # nothing was decided about the rollout: that allows nothing
        (standing(2, decisions={}), False),
        (standing(5, decisions={}), True),
        # a release that failed for good goes nowhere, whatever is said of its rollout
        (standing(2, Status.FAIL), False),
    ],
)
def test_a_deployment_is_allowed_if_it_could_begin_now_or_was_done(
    found: Standing, *, allowed: bool
) -> None:
    assert target_entry(found)["deployment_allowed"] is allowed


# blockers ---------------------------------------------------------------------------------------


def test_blockers_are_what_holds_each_once_with_its_command_but_not_the_climb_itself() -> None:
    holds = {
        "bless": ("policy.none", "trust.not_rooted"),
        "pour": ("policy.none", "window.frozen", "manual.not_named"),
        "sip": ("policy.none", "trust.not_rooted"),
    }
    found = target_entry(standing(2, holds=holds))["blockers"]
    assert [item["id"] for item in found] == ["policy.none", "trust.not_rooted", "window.frozen"]
    assert found[0] == {
        "id": "policy.none",
        "what": "policy.none of bless",
        "evidence": [],
        "command": "mend it",
    }


def test_what_passed_blocks_nothing() -> None:
    assert target_entry(standing(5))["blockers"] == []


def test_real_decisions_block_with_what_the_gates_found() -> None:
    decisions = {name: decide(case(name, promotion=None)) for name in IDS[2:]}
    found = target_entry(standing(2, decisions=decisions))
    assert [item["id"] for item in found["blockers"]] == ["policy.none"]
    assert found["readiness"] == "held"


# the rest of an entry ---------------------------------------------------------------------------


def test_an_entry_says_what_and_where() -> None:
    entry = target_entry(standing(3))
    told = {name: entry[name] for name in ("target", "ladder", "gate", "channel", "release")}
    assert told == {
        "target": "pot",
        "ladder": "kettle",
        "gate": "kitchen",
        "channel": "home",
        "release": "1.0",
    }
    assert (entry["run"], entry["commit"]) == (CONTEXT.run, "a" * 40)
    (artifact,) = entry["artifacts"]
    assert artifact["name"] == "tea.whl"
    first, second = entry["stages"][0], entry["stages"][2]
    assert (first["id"], first["alias"], first["phase"]) == ("taste", "taste", "pre-deploy")
    assert second["alias"] == "ok"
    taste = standing(3).evidence.stages[0]
    digests = [str(taste.digest), taste.result.statements[0].digest]
    assert [item["digest"] for item in first["statements"]] == digests
    assert entry["stages"][3]["statements"] == []


def test_before_the_first_attempt_there_is_no_run() -> None:
    assert target_entry(standing(0))["run"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (approval(approver=None), "approved under local_manual; no named approver"),
        (approval("ada", authority_kind="named_approver"), "approved by ada (named_approver)"),
    ],
)
def test_the_approval_is_told_as_it_was_given(given: Any, said: str) -> None:  # noqa: ANN401
    found = standing(3, evidence=evidence("pour", approved=(given,)))
    assert target_entry(found)["approval_state"] == said


def test_no_approval_is_told_too() -> None:
    assert target_entry(standing(2))["approval_state"] == "not approved"
    bare = ladder(STAGES[:2])
    found = standing(2, ladder=bare)
    assert target_entry(found)["approval_state"] == "the ladder asks for no approval"


def test_the_document_holds_the_entries_as_they_are() -> None:
    entries = [target_entry(standing(2)), target_entry(standing(5))]
    assert document("tea", entries, "2026-06-01T12:00:00Z") == {
        "schema": "https://release-ladder.readthedocs.io/schemas/posture/v1",
        "generated_at": "2026-06-01T12:00:00Z",
        "project": "tea",
        "targets": entries,
    }
