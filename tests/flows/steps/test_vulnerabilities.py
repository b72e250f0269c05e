"""`vulnerabilities`: forged, stale and telling advisory data; a service that is out of reach."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.advisories import Finding
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.edges import advisories, command
from pipeline.edges.advisories import osv_snapshot, pip_audit
from pipeline.edges.advisories.interface import Answer, Question
from pipeline.flows.steps import checks, verify_artifacts
from pipeline.flows.steps.checks.subject import Outcome, Subject
from tests.flows.steps.releases import Release

PASSED, FAILED, NOT_RUN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.NOT_RUN
NOW = "2026-11-20T10:00:00Z"
DAY = 24 * 3600
Run = Callable[..., tuple[Outcome, Subject]]


def record(severity: str | None, name: str = "iniconfig", **more: object) -> dict[str, Any]:
    stated = {"database_specific": {"severity": severity}} if severity else {}
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
    package = {"ecosystem": "PyPI", "name": name}
    return {
        "id": "GHSA-aaaa",
        "aliases": ["CVE-2026-1"],
        "affected": [{"package": package, "ranges": ranges}],
        **stated,
        **more,
    }


def exception(expires: str, advisory: str = "CVE-2026-1") -> dict[str, Any]:
    advisories = {"advisory": advisory, "reason": "not reached", "owner": "Ann"}
    return {"exceptions": [{**advisories, "expires": expires}]}


def write(path: Path, *records: object, date: object = "2026-11-20T00:00:00Z") -> Path:
    path.write_text(json.dumps({"date": date, "origin": "osv.dev", "advisories": list(records)}))
    return path


@pytest.fixture
def check(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the check with the snapshot source alone."""
    monkeypatch.setitem(advisories.SOURCES, "pip_audit", lambda _: NO_SERVICE)

    def run(snapshot: Path | None, **more: object) -> tuple[Outcome, Subject]:
        limits = {"max_age": "7d", "snapshot": None, "exceptions": [], **more}
        if snapshot is not None:
            target = release.built.repo / "advisories.json"
            target.write_bytes(snapshot.read_bytes())
            limits["snapshot"] = target.name
        subject = release.subject(tmp_path / "step", advisories=limits)
        return checks.CHECKS["vulnerabilities"](subject), subject

    return run


NO_SERVICE = Answer(source="pip_audit", uri="x", verdict=NOT_RUN, reason="out of reach")


def test_data_that_knows_nothing_of_our_packages_passes_and_is_dated(
    check: Run, tmp_path: Path
) -> None:
    outcome, subject = check(write(tmp_path / "s", record("HIGH", "flask")))
    assert outcome.verdict is PASSED
    assert subject.sources()[0].data_date == "2026-11-20T00:00:00Z"
    assert [source.verdict for source in subject.sources()] == [PASSED, NOT_RUN]


def test_no_source_is_not_run_with_every_reason(check: Run) -> None:
    outcome, _ = check(None)
    assert outcome.verdict is NOT_RUN
    assert "names no snapshot" in outcome.reason
    assert "out of reach" in outcome.reason
    assert "advisories.snapshot in config/policies/verification.yaml" in (outcome.todo or "")


@pytest.mark.parametrize(
    ("records", "limits", "verdict", "reason"),
    [
        ([record("HIGH")], {}, FAILED, "no exception names it"),
        ([record(None)], {}, FAILED, "severity is unknown"),
        ([record(None)], exception("2030-01-01T00:00:00Z"), FAILED, "severity is unknown"),
        ([record("CRITICAL")], exception("2030-01-01T00:00:00Z"), FAILED, "no exception counts"),
        ([record("HIGH")], exception("2026-11-20T10:00:00Z"), FAILED, "of Ann expired"),
        ([record("HIGH")], exception("2030-01-01T00:00:00Z", "CVE-9"), FAILED, "no exception"),
        ([record("HIGH")], exception("2030-01-01T00:00:00Z"), PASSED, "no advisory holds"),
        ([record("HIGH", withdrawn="2026-01-01T00:00:00Z")], {}, PASSED, "no advisory holds"),
    ],
)
def test_what_an_advisory_holds_depends_on_severity_and_exception(
    check: Run,
    tmp_path: Path,
    records: list[Any],
    limits: dict[str, Any],
    verdict: CheckVerdict,
    reason: str,
) -> None:
    outcome, _ = check(write(tmp_path / "s", *records), **limits)
    assert outcome.verdict is verdict
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"date": "2026-11-12T00:00:00Z"}, "old, allowed are 604800 s"),
        ({"date": "2027-01-01T00:00:00Z"}, "old, allowed"),
        ({"date": "yesterday"}, "not OSV data"),
        ({"date": None}, "not OSV data"),
        ({"advisories": []}, "at least one advisory"),
        ({"advisories": ["x"]}, "not OSV data"),
        (
            {
                "advisories": [
                    {"affected": [{"package": {"name": "iniconfig", "ecosystem": "PyPI"}}]}
                ]
            },
            "not OSV data",
        ),
        ({"origin": 7}, "needs an origin"),
    ],
)
def test_a_snapshot_that_is_expired_or_forged_fails(
    check: Run, tmp_path: Path, content: dict[str, Any], reason: str
) -> None:
    path = write(tmp_path / "s", record("LOW", "flask"))
    path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
    outcome, _ = check(path)
    assert outcome.verdict is FAILED
    assert reason in outcome.reason


def question(tmp_path: Path, **more: Any) -> Question:  # noqa: ANN401 - fields of a question
    values = {"packages": (("iniconfig", "2.0"),), "snapshot": None, "max_age": DAY, "now": NOW}
    return Question(**{**values, "scratch": tmp_path, **more})


def test_a_snapshot_that_is_not_there_is_not_run_and_a_folder_in_its_place_fails(
    tmp_path: Path,
) -> None:
    missing = osv_snapshot.ask(question(tmp_path, snapshot=tmp_path / "no"))
    folder = osv_snapshot.ask(question(tmp_path, snapshot=tmp_path))
    assert (missing.verdict, folder.verdict) == (NOT_RUN, FAILED)


def test_a_service_out_of_reach_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    answer = pip_audit.ask(question(tmp_path))
    assert answer.verdict is NOT_RUN
    assert "could not reach its service" in answer.reason


FAKE = '''\
"""Answers as pip-audit does."""
import json, sys
print(json.dumps({ANSWER}))
sys.exit({CODE})
'''


@pytest.mark.parametrize(
    ("answer", "code", "verdict", "found"),
    [
        ({"dependencies": [{"name": "iniconfig", "version": "2.0", "vulns": []}]}, 0, PASSED, 0),
        ({"dependencies": [{"name": "iniconfig", "skip_reason": "not there"}]}, 0, NOT_RUN, 0),
        ({"dependencies": []}, 0, NOT_RUN, 0),
        ({"nonsense": 1}, 0, NOT_RUN, 0),
        (
            {"dependencies": [{"name": "iniconfig", "version": "2.0", "vulns": [{"id": "P-1"}]}]},
            1,
            PASSED,
            1,
        ),
    ],
)
def test_what_pip_audit_prints_is_read_and_skips_are_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: object,
    code: int,
    verdict: CheckVerdict,
    found: int,
) -> None:
    text = FAKE.replace("{ANSWER}", repr(answer)).replace("{CODE}", str(code))
    program = tmp_path / "fake.py"
    program.write_text(text)
    real = command.run

    def run(arguments: list[str], **named: Any) -> Any:  # noqa: ANN401 - as command.run
        return real([arguments[0], str(program)], **named)

    monkeypatch.setattr(command, "run", run)
    said = pip_audit.ask(question(tmp_path))
    assert said.verdict is verdict
    assert len(said.findings) == found


@pytest.mark.parametrize(
    ("skipped", "reason"),
    [
        (2, "none of the 2 packages could be looked up: is the advisory service reachable?"),
        (1, "1 of 2 packages could not be looked up, the first: not on PyPI: b"),
    ],
)
def test_a_packages_own_reason_is_told_unless_none_could_be_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skipped: int, reason: str
) -> None:
    entries: list[dict[str, Any]] = [
        {"name": "a", "version": "1", "vulns": []},
        {"name": "b", "version": "1", "vulns": []},
    ]
    for entry in entries[2 - skipped :]:
        entry["skip_reason"] = f"not on PyPI: {entry['name']}"
    program = tmp_path / "fake.py"
    answer = repr({"dependencies": entries})
    program.write_text(FAKE.replace("{ANSWER}", answer).replace("{CODE}", "0"))
    real = command.run

    def run(arguments: list[str], **named: Any) -> Any:  # noqa: ANN401 - as command.run
        return real([arguments[0], str(program)], **named)

    monkeypatch.setattr(command, "run", run)
    said = pip_audit.ask(question(tmp_path, packages=(("a", "1"), ("b", "1"))))
    assert (said.verdict, said.reason) == (NOT_RUN, reason)


def test_a_severity_that_one_source_lacks_is_taken_from_another(
    check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    version = next(item.version for item in release.installed if item.name == "iniconfig")
    found = Finding(
        package="iniconfig", version=version, ids=("PYSEC-1", "CVE-2026-1"), severity=None
    )
    heard = Answer(source="pip_audit", uri="x", verdict=PASSED, reason="asked", findings=(found,))
    monkeypatch.setitem(advisories.SOURCES, "pip_audit", lambda _: heard)
    exceptions = exception("2030-01-01T00:00:00Z", "PYSEC-1")
    outcome, subject = check(write(tmp_path / "s", record("LOW")), **exceptions)
    assert outcome.verdict is PASSED
    assert "excepted until 2030-01-01T00:00:00Z by Ann: not reached" in outcome.details[0]
    scan = verify_artifacts._scan(subject.answers[1], NOW, NOW)
    assert scan["scanner"]["result"][0]["id"] == "PYSEC-1"


def test_the_worst_severity_of_all_sources_counts_and_no_exception_hides_a_critical_one(
    check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    version = next(item.version for item in release.installed if item.name == "iniconfig")
    found = Finding(
        package="iniconfig", version=version, ids=("PYSEC-1", "CVE-2026-1"), severity="CRITICAL"
    )
    heard = Answer(source="pip_audit", uri="x", verdict=PASSED, reason="asked", findings=(found,))
    monkeypatch.setitem(advisories.SOURCES, "pip_audit", lambda _: heard)
    exceptions = exception("2030-01-01T00:00:00Z", "GHSA-aaaa")
    outcome, _ = check(write(tmp_path / "s", record("LOW")), **exceptions)
    assert outcome.verdict is FAILED
    assert "critical, no exception counts" in outcome.reason
