"""`artifact.verify` as a whole: every check told, a crash is no pass, an outage no failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.core.predicates.fields import CheckVerdict, Verdict
from pipeline.core.predicates.table import check_own
from pipeline.core.statement import CHECK_REPORT
from pipeline.edges import advisories
from pipeline.errors import StepFailedError, UnreachableError
from pipeline.flows.steps import checks, verify_artifacts
from pipeline.flows.steps.checks.subject import Outcome, Subject
from tests.flows.steps import driving
from tests.flows.steps.releases import ALLOW, Built

POLICY = {**driving.POLICY, "licences": {"allow": ALLOW}}


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(advisories.SOURCES, "pip_audit")


def test_every_check_is_told_and_what_was_not_run_does_not_fail_the_step(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = driving.prepare(
        tmp_path / "step",
        built.repo,
        artifacts=built.artifacts,
        statements=built.statements,
        extra="web",
        policy=POLICY,
    )
    verify_artifacts.run(step)
    result = driving.result_of(step)
    report = result.statements[0]
    verdicts = {check["id"]: check["verdict"] for check in report.predicate["checks"]}
    assert result.verdict is Verdict.PASS
    assert result.artifacts == ()
    assert report.type == CHECK_REPORT
    assert len(report.subjects) == 2
    assert list(verdicts) == list(checks.CHECKS)
    assert verdicts.pop("vulnerabilities") == "not_run"
    assert set(verdicts.values()) == {"passed"}
    check_own(report.type, report.predicate)
    assert json.loads((step.out / "check-report.json").read_bytes()) == report.predicate
    assert "not_run  vulnerabilities" in capsys.readouterr().out


def crash(_: Subject) -> Outcome:
    what = "the disk is on fire\nsecond line"
    raise ValueError(what)


def unreachable(_: Subject) -> Outcome:
    what = "no network"
    raise UnreachableError(what, where="x", todo="y")


def test_a_check_that_crashes_has_failed_with_the_crash_as_its_reason(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checks.CHECKS, "secrets", crash)
    step = driving.prepare(
        tmp_path / "step", built.repo, artifacts=built.artifacts, extra="web", policy=POLICY
    )
    verify_artifacts.run(step)
    result = driving.result_of(step)
    told = {check["id"]: check for check in result.statements[0].predicate["checks"]}
    assert result.verdict is Verdict.FAIL
    assert result.reason == "checks that failed: digests, secrets, sbom"
    assert told["secrets"]["verdict"] == CheckVerdict.FAILED
    assert told["secrets"]["reason"] == "the check crashed: ValueError: the disk is on fire"


def test_an_index_out_of_reach_ends_the_attempt_not_the_release(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checks.CHECKS, "install_import", unreachable)
    step = driving.prepare(
        tmp_path / "step", built.repo, artifacts=built.artifacts, extra="web", policy=POLICY
    )
    with pytest.raises(UnreachableError):
        verify_artifacts.run(step)
    assert not (step.folder / "result.json").exists()


def test_uv_without_an_index_is_unreachable(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    step = driving.prepare(
        tmp_path / "step", built.repo, artifacts=built.artifacts, extra="web", policy=POLICY
    )
    with pytest.raises(UnreachableError, match="index cannot be reached"):
        verify_artifacts.run(step)


def test_a_target_without_a_policy_and_a_release_without_a_wheel_fail(
    built: Built, tmp_path: Path
) -> None:
    bare = driving.prepare(tmp_path / "one", built.repo, policy={"id": "x"})
    with pytest.raises(StepFailedError, match="no verification policy"):
        verify_artifacts.run(bare)
    empty = driving.prepare(tmp_path / "two", built.repo, policy=POLICY)
    with pytest.raises(StepFailedError, match=r"one \.whl artifact, this one has 0"):
        verify_artifacts.run(empty)
