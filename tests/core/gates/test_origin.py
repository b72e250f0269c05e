"""Gate `origin`: local proof does not pass for a workflow's."""

from __future__ import annotations

import dataclasses

from pipeline.core.evidence import Evidence
from tests.core.gates.cases import ask, evidence, told
from tests.core.gates.signed import STRICT, from_workflow, ladder, stage

LIVE = tuple(from_workflow(item) for item in evidence().stages)


def test_evidence_of_a_trusted_workflow_passes_everywhere() -> None:
    for policy in (STRICT, None):
        found = ask("origin", evidence=Evidence(stages=LIVE), promotion=policy)
        assert told(found) == [("origin.live", "passes")]


def test_local_evidence_is_noted_where_it_is_accepted() -> None:
    assert told(ask("origin")) == [("origin.local", "notes")]
    assert told(ask("origin", promotion=None)) == [("origin.local", "notes")]


def test_local_evidence_holds_where_a_workflow_is_asked_for() -> None:
    assert told(ask("origin", promotion=STRICT)) == [("origin.local", "holds")]


def test_one_local_result_among_a_workflows_holds_and_is_named() -> None:
    local = evidence().stages[1]
    mixed = Evidence(stages=(LIVE[0], local, LIVE[2]))
    found = ask("origin", evidence=mixed, promotion=STRICT)
    assert told(found) == [("origin.local", "holds")]
    assert found[0].evidence == (str(local.digest),)


def test_an_imported_local_result_counts_too() -> None:
    mixed = dataclasses.replace(Evidence(stages=LIVE), imported=(evidence().stages[0],))
    assert told(ask("origin", evidence=mixed, promotion=STRICT)) == [("origin.local", "holds")]


def test_no_evidence_is_no_workflows_evidence() -> None:
    found = ask("origin", evidence=Evidence(), promotion=STRICT)
    assert told(found) == [("origin.local", "holds")]
    assert "no live_workflow_backed evidence" in found[0].what


def test_the_first_stage_comes_before_all_evidence_and_no_other_does() -> None:
    nothing = {"evidence": Evidence(), "promotion": STRICT}
    assert told(ask("origin", "taste", **nothing)) == [("origin.local", "notes")]
    assert told(ask("origin", "boil", **nothing)) == [("origin.local", "holds")]
    assert told(ask("origin", "taste", whole=True, **nothing)) == [("origin.local", "holds")]
    importing = ladder([stage("taste", imports={"ladder": "other", "stage": "brew"})])
    found = ask("origin", "taste", ladder=importing, stage=importing.stages[0], **nothing)
    assert told(found) == [("origin.local", "holds")]
