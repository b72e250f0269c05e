"""Smoke checks: a pass is what was expected, and nothing else is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.core.config import TargetConfig
from pipeline.edges import service, service_environment
from pipeline.edges.configuration import load
from pipeline.operations import smoke
from tests import services

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., str]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    service_environment.ensure_secret(path)
    return path


@pytest.fixture
def start(tmp_path: Path, secret: Path) -> Iterator[Start]:
    """Start a service on the interpreter of the tests, with our packages on its path."""
    marker = service.new_marker("test-smoke:")

    def once(config: TargetConfig, *, path: Path, posture: Path | None = None) -> str:
        assert config.service is not None
        assert config.health is not None
        given = service_environment.provided(posture or tmp_path / "none", secret)
        return service.start(
            service.Launch(
                service=config.service,
                health=config.health,
                python=Path(sys.executable),
                variables={**given, "PYTHONPATH": str(path)},
                folder=tmp_path,
                log=tmp_path / "log",
                marker=marker,
            )
        ).url

    yield once
    service.stop(marker, grace=1)


def verdicts(config: TargetConfig, url: str, secret: Path) -> dict[str, str]:
    found = smoke.check(config.smoke, url, secret, round=1)
    return {check.id: check.verdict.value for check in found}


def tiny(tmp_path: Path, mood: str = "well") -> Path:
    return services.wheel(tmp_path / "dist", "1.0", mood)


def test_the_ten_checks_pass_on_our_own_service(start: Start, secret: Path) -> None:
    config = load(ROOT).targets["staging"]
    url = start(config, path=ROOT, posture=ROOT / "tests" / "page" / "posture.json")
    found = verdicts(config, url, secret)
    assert len(found) == 10
    assert set(found.values()) == {"passed"}


def test_the_ten_checks_do_not_all_pass_without_posture_or_with_a_wrong_secret(
    start: Start, secret: Path, tmp_path: Path
) -> None:
    config = load(ROOT).targets["staging"]
    url = start(config, path=ROOT, posture=ROOT / "tests" / "page" / "posture.json")
    wrong = tmp_path / "wrong"
    wrong.write_text("f" * 64)
    found = smoke.check(config.smoke, url, wrong, round=1)
    bad = {check.id: check for check in found if check.verdict.value != "passed"}
    assert bad["web_operator_session_unlocks"].verdict.value == "failed"
    assert bad["web_operator_metrics_proxy_available"].verdict.value == "not_run"
    assert len(bad) == 2
    assert not any("f" * 64 in check.reason for check in found)
    assert not any(secret.read_text().strip() in check.reason for check in found)


def test_each_expectation_is_looked_at(start: Start, secret: Path, tmp_path: Path) -> None:
    checks = [
        {"id": "status", "path": "/nowhere", "expect": {}},
        {"id": "media", "path": "/page", "expect": {"content_type": "text/plain"}},
        {"id": "text", "path": "/page", "expect": {"contains": ["<main>", "<nothing>"]}},
        {"id": "keys", "path": "/version", "expect": {"json_keys": ["version", "colour"]}},
        {"id": "json", "path": "/page", "expect": {"json_keys": ["version"]}},
        {"id": "gone", "path": "/nowhere", "expect": {"status": 404}},
    ]
    config = services.target(smoke=checks)
    url = start(config, path=tiny(tmp_path))
    found = {check.id: check for check in smoke.check(config.smoke, url, secret, round=1)}
    assert found["status"].reason == "status 404, not 200"
    assert found["media"].reason == "media type text/html, not text/plain"
    assert found["text"].reason == "the text '<nothing>' is not there"
    assert found["keys"].reason == "the key 'colour' is not there"
    assert found["json"].reason == "the body is no JSON object"
    assert found["gone"].verdict.value == "passed"
    assert [c.id for c in found.values() if c.verdict.value == "passed"] == ["gone"]


def test_a_surface_behind_the_session_that_is_open_to_all_fails(
    start: Start, secret: Path, tmp_path: Path
) -> None:
    config = services.target()
    found = verdicts(config, start(config, path=tiny(tmp_path, "open")), secret)
    assert found == {"page": "passed", "version": "passed", "unlock": "passed", "metrics": "failed"}


def test_without_a_secret_the_session_is_not_run_and_neither_is_what_needs_it(
    start: Start, tmp_path: Path
) -> None:
    config = services.target()
    url = start(config, path=tiny(tmp_path))
    found = verdicts(config, url, tmp_path / "absent")
    assert found["unlock"] == found["metrics"] == "not_run"


def test_nobody_there_fails_every_check(secret: Path) -> None:
    config = services.target()
    found = verdicts(config, "http://127.0.0.1:9", secret)
    assert set(found.values()) == {"failed", "not_run"}
