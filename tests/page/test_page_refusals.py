"""What is no posture, or claims more than it shows, is refused whole and never rendered half."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.page import MalformedPostureError, assurance_html, llms_full_txt, read_posture

HERE = Path(__file__).parent
Put = Callable[[dict[str, Any], tuple[Any, ...], object], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"origin_class": "local_or_synthetic_proof"}, "origin_class is local_or_synthetic_proof"),
        ({"origin_class": None}, "origin_class is None"),
        ({"deployment_allowed": False}, "deployment_allowed is false"),
        ({"readiness": "climbing"}, "readiness is climbing"),
        (
            {"blockers": [{"id": "b.c", "what": "w", "evidence": [], "command": "c"}]},
            "'b.c' blocks it",
        ),
    ],
)
def test_a_claim_of_production_against_its_own_evidence_is_refused(
    document: dict[str, Any],
    proven_in_production: dict[str, Any],
    change: dict[str, Any],
    reason: str,
) -> None:
    proven_in_production.update(change)
    with pytest.raises(MalformedPostureError, match=re.escape(reason)):
        assurance_html(document)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    "claim",
    [
        {"production_ready": True},
        {"origin_class": "live_workflow_backed"},
        {"production_ready": True, "origin_class": "live_workflow_backed", "readiness": "proven"},
    ],
    ids=repr,
)
def test_without_rooted_trust_no_claim_of_production_or_live_origin_is_shown(
    document: dict[str, Any], number: int, claim: dict[str, Any]
) -> None:
    document["targets"][number] |= claim
    if claim.get("readiness"):
        for stage in document["targets"][number]["stages"]:
            stage["state"] = "done"
        document["targets"][number] |= {"deployment_allowed": True, "blockers": []}
    for render in (assurance_html, llms_full_txt):
        with pytest.raises(MalformedPostureError, match="only rooted trust could say") as refused:
            render(document)
        (problem,) = refused.value.problems
        assert problem.startswith(f"targets[{number}]: ")
        assert any(name in problem for name in claim)


def test_proven_with_an_open_stage_is_refused(document: dict[str, Any]) -> None:
    document["targets"][0]["stages"][3]["state"] = "held"
    with pytest.raises(MalformedPostureError, match="'candidate_tested' is not done"):
        llms_full_txt(document)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("schema",), "https://example.org/v2", "schema: Input should be"),
        (("targets",), [], "targets: Tuple should have at least 1 item"),
        (("generated_at",), "yesterday", "generated_at: String should match"),
        (("generated_at",), "2026-13-41T00:00:00Z", "generated_at: month must be in 1..12"),
        (("targets", 0, "readiness"), "ready", "targets[0].readiness: Input should be"),
        (("targets", 0, "production_ready"), "no", "targets[0].production_ready: Input should be"),
        (("targets", 0, "release"), 1, "targets[0].release: Input should be a valid string"),
        (("targets", 0, "commit"), "HEAD", "targets[0].commit: String should match"),
        (("targets", 0, "stages"), [], "targets[0].stages: Tuple should have at least 1 item"),
        (("targets", 0, "artifacts", 0, "digest"), "sha256:00", "artifacts[0].digest"),
        (("targets", 0, "verdict"), "good", "targets[0].verdict: Extra inputs are not permitted"),
        (("targets", 1, "blockers", 0, "what"), "", "targets[1].blockers[0].what"),
        (("targets", 1, "blockers", 0, "command"), "a\x1b[2Jb", "U+001B"),
        (("targets", 1, "blockers", 0, "command"), "a\u202eb", "U+202E"),
        (("targets", 0, "target"), "two\nlines", "a name is one line"),
        (("targets", 2, "target"), "staging", "two entries are of the target (ladder)"),
        (("targets", 0, "stages", 1, "id"), "build_complete", "two stages are called"),
        (("project",), "\ud800", "Invalid JSON"),
        (("project",), float("nan"), "not expressible as JSON"),
    ],
)
def test_a_malformed_posture_is_refused_with_the_place_of_its_fault(
    document: dict[str, Any], put: Put, path: tuple[Any, ...], value: object, problem: str
) -> None:
    changed = put(document, path, value)
    for render in (assurance_html, llms_full_txt):
        with pytest.raises(MalformedPostureError) as refused:
            render(changed)
        assert problem in str(refused.value)


def test_every_field_is_required(document: dict[str, Any]) -> None:
    for path in [("project",), ("targets", 0, "blockers"), ("targets", 0, "stages", 0, "state")]:
        changed = copy.deepcopy(document)
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        with pytest.raises(MalformedPostureError, match="Field required"):
            assurance_html(changed)


def test_all_faults_are_reported_at_once(document: dict[str, Any]) -> None:
    document["project"] = ""
    document["targets"][0]["run"] = "x"
    with pytest.raises(MalformedPostureError) as refused:
        assurance_html(document)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b"\xff\xfe", "not JSON"),
        (b'{"project": "a", "project": "b"}', "stands twice"),
        (b'{"project": NaN}', "NaN"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_bytes_that_are_no_posture_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(MalformedPostureError, match=problem):
        read_posture(data)


def test_the_bytes_of_a_posture_are_read_as_the_document_itself(document: dict[str, Any]) -> None:
    data = (HERE / "posture.json").read_bytes()
    assert assurance_html(read_posture(data)) == assurance_html(document)
