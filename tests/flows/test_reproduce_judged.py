"""Samples are judged again, signatures and approvals verified again: nothing is run for it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from pipeline.core.predicates.approval import Approval
from pipeline.core.statement import APPROVAL
from pipeline.errors import UntrustedError
from pipeline.flows.promote import Ask, promote
from pipeline.flows.reproduce import Ask as Again
from pipeline.flows.reproduce import reproduce
from pipeline.operations.evidence import Source
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.reproduction.record import Recorded, recorded
from pipeline.operations.reproduction.reverify import approval_faults
from pipeline.operations.workspace import Workspace
from pipeline.tasks.host import HostRunner
from tests import policies
from tests.climbing import again, project
from tests.climbing.again import JUDGED, canary_of, made, sips
from tests.edges import projects

TOAST = f"""\
  - id: toast
    phase: pre-deploy
    steps: [{{task: approval.record}}]
    envelope: {projects.ENVELOPE}
    emits: [{APPROVAL}]
    approval: true
    reproduce: reverify
"""
APPROVED = projects.FILES["ladders/kettle"].replace("  - id: pour\n", TOAST + "  - id: pour\n")
AUTHORITY = policies.family("approval_authority", policies.authority())


def judged(folder: Path, seen: bytes, predicate: str, output: bytes | None = None) -> Path:
    """Climb with recorded samples, a predicate about them, and what is left as the samples."""
    named = (output if output is not None else seen).decode()
    return made(folder, JUDGED, upto="sip", canary__json=predicate, samples__jsonl=named)


def test_recorded_samples_are_judged_again_and_nothing_is_run(tmp_path: Path) -> None:
    samples = sips(bad=0)
    root = judged(tmp_path / "tea", samples, canary_of(samples))
    (root / "light.py").write_text("raise SystemExit(9)")
    report = again.again(root, "sip")
    assert report.again.differences == ()
    assert report.how.value == "rejudge"
    assert report.again.done == ("canary: outputs/samples.jsonl judged again, PASS",)


def test_a_verdict_that_does_not_follow_from_its_samples_is_found(tmp_path: Path) -> None:
    bad = sips(bad=5)
    lie = json.loads(canary_of(sips(bad=0))) | {"samples": json.loads(canary_of(bad))["samples"]}
    root = judged(tmp_path / "tea", bad, json.dumps(lie))
    found = again.again(root, "sip").again.differences
    assert "canary.verdict: PASS, FAIL" in found
    assert "canary.metrics.error_rate.canary: 0, 0.5" in found


def test_a_stage_that_passed_with_a_verdict_that_is_none_is_found(tmp_path: Path) -> None:
    bad = sips(bad=5)
    root = judged(tmp_path / "tea", bad, canary_of(bad))  # the step says pass all the same
    assert again.again(root, "sip").again.differences == ("verdict: pass, fail",)


def test_samples_that_are_not_those_of_the_statement_are_found(tmp_path: Path) -> None:
    samples = sips(bad=0)
    root = judged(tmp_path / "tea", samples, canary_of(samples), output=sips(bad=1))
    (found,) = again.again(root, "sip").again.differences
    assert found.endswith("not among the recorded outputs")


def test_a_stage_that_has_nothing_to_judge_is_not_reproduced(tmp_path: Path) -> None:
    ladder = projects.FILES["ladders/kettle"].replace(
        "  - id: pour\n", "    reproduce: rejudge\n  - id: pour\n"
    )
    root = made(tmp_path / "tea", ladder)
    report = again.again(root, "boil")
    assert report.again.differences == ("statements: there is none that can be judged again",)


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that climbed to its approval with real steps."""
    root = project.make(
        tmp_path_factory.mktemp("approved") / "tea",
        ladders__kettle=APPROVED,
        policies__approval_authority=AUTHORITY,
    )
    workspace = Workspace.open(root)
    promote(workspace, Ask(stage="toast"), HostRunner(root), project.Quiet())
    return root


def record_of(root: Path) -> tuple[Recorded, Approval]:
    """Return the recorded approval stage and its approval."""
    workspace = Workspace.open(root)
    ladder = workspace.ladder()
    run = find(workspace, identify(workspace, ladder, None))
    assert run is not None
    found = recorded(Source.of(workspace, run, ladder), workspace.store, "toast")
    (given,) = found.evidence.of(APPROVAL)
    return found, Approval.from_json(given.statement.predicate)


def test_an_approval_is_verified_again(approved: Path) -> None:
    ask = Again(stage="toast")
    workspace = Workspace.open(approved)
    report = reproduce(workspace, ask, HostRunner(approved), project.Quiet())
    assert report.again.differences == ()
    assert report.how.value == "reverify"
    assert report.again.done == (
        "stage-result: signature of local key verified again",
        "approval: signature of local key verified again",
        "verification-summary: signature of local key verified again",
    )


OTHER = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("run", OTHER, "run: "),
        ("context", OTHER, "the run changed since"),
        ("stage", "boil", "stage: boil, toast"),
        ("target", "cup", "target: cup, pot"),
        ("channel", "away", "channel: away, home"),
        ("commit", "0" * 40, "commit: 0000"),
        ("stage_results", (OTHER,), "the evidence before it changed since"),
        ("artifacts", (), "the artifacts changed since"),
        ("ladder", OTHER, "the ladder changed since"),
        ("policies", OTHER, "the policies changed since"),
        ("trust", OTHER, "the trust changed since"),
        ("live_state", OTHER, "the live state changed since"),
        ("rollback_target", OTHER, "the rollback target changed since"),
        ("shown", OTHER, "shown: sha256:0000"),
        ("shown", OTHER, "the text that was shown is not among the outputs"),
        ("expires_at", "2020-01-01T00:00:00Z", "it expired at 2020"),
        ("issued_at", "2999-01-01T00:00:00Z", "it is dated 2999"),
    ],
)
def test_an_approval_that_binds_anything_else_is_found(
    approved: Path, field: str, value: object, fault: str
) -> None:
    found, given = record_of(approved)
    assert list(approval_faults(found, given)) == []
    forged = given.model_copy(update={field: value})
    faults = list(approval_faults(found, forged))
    assert any(text.startswith(fault) for text in faults), faults


def test_an_approval_under_another_decision_is_found(approved: Path) -> None:
    found, given = record_of(approved)
    inputs = {**found.begin.inputs, "decision": OTHER}
    other = dataclasses.replace(found, begin=dataclasses.replace(found.begin, inputs=inputs))
    with pytest.raises(UntrustedError):
        list(approval_faults(other, given))
