"""What is volatile is left out, and nothing else is; each difference is named by its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import statement
from pipeline.core.canonical import Digest
from pipeline.core.equality import VOLATILE, differences, run_substance, stage_substance, substance
from pipeline.core.predicates import approval, canary, check_report, deployment, smoke, stage_result
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.statement import Statement, Subject

MODELS: dict[str, Any] = {
    statement.STAGE_RESULT: stage_result.StageResult,
    statement.EVIDENCE_BUNDLE: EvidenceBundle,
    statement.CHECK_REPORT: check_report.CheckReport,
    statement.CANARY: canary.Canary,
    statement.APPROVAL: approval.Approval,
    statement.DEPLOYMENT: deployment.Deployment,
    statement.SMOKE: smoke.Smoke,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("predicate_type", MODELS)
def test_every_volatile_path_names_a_field_that_is_there(predicate_type: str) -> None:
    for path in VOLATILE[predicate_type]:
        schema = MODELS[predicate_type].model_json_schema()
        node = schema
        for part in path.split("."):
            node = node["properties"][part.removesuffix("[]")]
            node = node["items"] if part.endswith("[]") else node
            if "$ref" in node:
                node = schema["$defs"][node["$ref"].rpartition("/")[2]]


def test_no_digest_of_an_artifact_or_input_is_volatile() -> None:
    kept = {
        statement.STAGE_RESULT: ("artifacts", "artifacts[].digest", "stage_digest", "verdict"),
        statement.CANARY: ("canary", "baseline", "rule", "verdict"),
        statement.APPROVAL: ("artifacts", "ladder", "policies", "commit"),
        statement.DEPLOYMENT: ("artifact", "measured", "state_after", "version"),
        statement.SMOKE: ("artifact", "installed", "checks", "checks[].verdict"),
        statement.CHECK_REPORT: ("checks[].id", "checks[].verdict"),
        statement.PROVENANCE: ("buildDefinition",),
    }
    for predicate_type, paths in kept.items():
        assert not set(paths) & VOLATILE[predicate_type], predicate_type


def test_volatile_members_are_left_out_at_their_place_alone() -> None:
    report = {
        "reason": "kept: no path says `reason`",
        "checks": [{"id": "a", "verdict": "passed", "reason": "12 ms", "details": ["x"]}],
        "advisory_sources": [{"name": "osv", "verdict": "passed", "data_date": "2030"}],
    }
    assert substance(statement.CHECK_REPORT, report) == {
        "reason": "kept: no path says `reason`",
        "checks": [{"id": "a", "verdict": "passed"}],
        "advisory_sources": [{"name": "osv", "verdict": "passed"}],
    }
    foreign = {"time": "2030-01-01T00:00:00Z"}
    assert substance("https://example.org/predicate", foreign) == foreign


def test_a_run_is_equal_but_for_its_start_and_audit_id() -> None:
    one = {"version": "1.0", "run_id_audit": "a", "started_at": "b"}
    assert run_substance(one) == {"version": "1.0"}


def test_a_difference_is_named_by_its_place() -> None:
    left = {"checks": [{"id": "a", "verdict": "passed"}, {"id": "b", "verdict": "passed"}], "n": 1}
    right = {"checks": [{"id": "b", "verdict": "not_run"}, {"id": "c", "verdict": "passed"}]}
    assert list(differences(left, right, sides=("recorded", "reproduced"))) == [
        "checks.a: only recorded",
        "checks.b.verdict: passed, not_run",
        "checks.c: only reproduced",
        "n: only recorded",
    ]
    rounds = [{"id": "a", "round": 1}, {"id": "a", "round": 2}]
    assert list(differences(rounds, rounds[:1], "checks")) != []
    assert list(differences(rounds, [*rounds[:1], {"id": "a", "round": 3}], "checks")) == [
        "checks[1].round: 2, 3"
    ]
    assert list(differences([1, 2], [1, 2, 3], "x")) == ["x: 2 items, 3 items"]
    flag = True
    assert list(differences(flag, 1)) == ["the value: True, 1"]


@given(JSON, JSON)
def test_values_are_without_difference_if_and_only_if_they_are_equal(
    left: object, right: object
) -> None:
    assert list(differences(left, left)) == []
    same = repr(left) == repr(right) or (
        left == right and sorted_types(left) == sorted_types(right)
    )
    assert bool(list(differences(left, right))) is not same


def sorted_types(value: object) -> object:
    """Return the types of a value's parts: `True` is no `1` here."""
    if isinstance(value, dict):
        return {key: sorted_types(member) for key, member in value.items()}
    if isinstance(value, list):
        return [sorted_types(item) for item in value]
    return type(value)


def made(
    predicate: dict[str, Any], digest: Digest, kind: str = "https://example.org/x"
) -> Statement:
    return Statement(
        predicate_type=kind, subjects=(Subject(name="a", digest=digest),), predicate=predicate
    )


def test_statements_are_found_by_type_and_subject_and_no_two_become_one() -> None:
    one, other = Digest.of(b"1"), Digest.of(b"2")
    left = stage_substance({"verdict": "pass"}, [made({"x": 1}, one), made({"x": 2}, one)])
    assert len(left["statements"]) == 2
    right = stage_substance({"verdict": "pass"}, [made({"x": 1}, one), made({"x": 2}, other)])
    (found,) = differences(left, right)
    assert found.startswith("statements.https://example.org/x of a, 2.subjects.a: sha256:")
    assert list(differences(left, stage_substance({"verdict": "pass"}, []))) == [
        "statements.https://example.org/x of a: only on the left",
        "statements.https://example.org/x of a, 2: only on the left",
    ]
