"""The service of the installed wheel: started as a process, its surfaces asked one by one."""

import hashlib
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

SECRET = "a secret of enough length for the operator"
DIGEST = f"sha256:{hashlib.sha256(b'a statement').hexdigest()}"
POSTURE: dict[str, Any] = {
    "schema": "https://release-ladder.readthedocs.io/schemas/posture/v1",
    "generated_at": "2026-01-01T00:00:00Z",
    "project": "a <project>",
    "targets": [
        {
            "target": "rehearsal",
            "ladder": "rehearsal",
            "gate": "guarded",
            "channel": "rehearsal",
            "release": "1.0",
            "run": "0123456789abcdef",
            "commit": "0" * 40,
            "origin_class": "local_or_synthetic_proof",
            "readiness": "held",
            "deployment_allowed": False,
            "production_ready": False,
            "approval_state": "no_approval",
            "artifacts": [{"name": "thing-1.0-py3-none-any.whl", "digest": DIGEST}],
            "stages": [
                {
                    "id": "first_done",
                    "alias": "first",
                    "phase": "pre-deploy",
                    "state": "done",
                    "statements": [{"type": "https://slsa.dev/provenance/v1", "digest": DIGEST}],
                },
                {
                    "id": "second_held",
                    "alias": "second",
                    "phase": "pre-deploy",
                    "state": "held",
                    "statements": [],
                },
            ],
            "blockers": [
                {
                    "id": "no.approval",
                    "what": "Nobody approved this.",
                    "evidence": ["no approval was found"],
                    "command": "invoke approve --stage second",
                }
            ],
        }
    ],
}


def start(folder: Path, *, posture: bool) -> tuple[subprocess.Popen[str], str]:
    """Start the installed service over a folder; give its process and its address."""
    shown, secret = folder / "posture.json", folder / "secret"
    if posture:
        shown.write_text(json.dumps(POSTURE))
    secret.write_text(SECRET)
    named = {"RELEASE_LADDER_POSTURE": shown, "RELEASE_LADDER_OPERATOR_SECRET_FILE": secret}
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.web", "--host", "127.0.0.1", "--port", "0"],
        cwd=folder,
        env=os.environ | {name: str(path) for name, path in named.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"listening on (\S+)\n", line)
    if found is None:
        process.kill()
        pytest.fail(f"the service said {line!r}: {process.communicate()}")
    return process, found[1]


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask the service to end; give its exit code and what it said on stderr."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    return process.returncode, errors


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One service for all tests that only read."""
    process, url = start(tmp_path_factory.mktemp("service"), posture=True)
    yield url
    assert stop(process) == (0, "")


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A client of that service, without a session."""
    with httpx.Client(base_url=address, timeout=5, trust_env=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/openapi.json", "application/json", '"openapi": "3.1.0"'),
        ("/llms.txt", "text/plain", "# Release Ladder"),
        ("/llms-full.txt", "text/plain", DIGEST),
        ("/robots.txt", "text/plain", "Disallow: /operator/"),
        ("/sitemap.xml", "application/xml", "<urlset"),
        ("/review", "text/html", "This is no production approval."),
        ("/proxy/health", "application/json", '"status": "ok"'),
        ("/config.json", "application/json", '"name": "release-ladder"'),
    ],
)
def test_a_public_surface_answers(client: httpx.Client, path: str, kind: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert words in answer.text
    assert client.head(path).status_code == 200


def test_the_operator_unlocks_a_session_and_reads_the_metrics(client: httpx.Client) -> None:
    assert client.get("/operator/metrics").status_code == 401
    assert client.post("/operator/session", json={"secret": "not it"}).status_code == 401
    assert client.get("/operator/metrics").status_code == 401
    assert client.post("/operator/session", json={"secret": SECRET}).status_code == 200
    metrics = client.get("/operator/metrics")
    assert metrics.status_code == 200
    assert f'version="{importlib.metadata.version("release-ladder")}"' in metrics.text


def test_the_review_page_tells_what_is_missing_and_trusts_no_text(client: httpx.Client) -> None:
    page = client.get("/review").text
    assert "a &lt;project&gt;" in page
    assert "<project>" not in page
    for words in ("Local or synthetic proof", DIGEST, "Nobody approved this.", "second_held"):
        assert words in page
    assert "invoke approve --stage second" in page
    assert "<script" not in page


def test_the_version_served_is_the_version_installed(client: httpx.Client) -> None:
    version = importlib.metadata.version("release-ladder")
    assert client.get("/config.json").json()["version"] == version
    assert client.get("/openapi.json").json()["info"]["version"] == version


def test_what_does_not_exist_is_refused(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.delete("/review").status_code == 405
    assert client.get("/review").headers["x-content-type-options"] == "nosniff"


def test_without_a_posture_nothing_is_claimed(tmp_path: Path) -> None:
    process, url = start(tmp_path, posture=False)
    try:
        health = httpx.get(f"{url}/proxy/health", timeout=5, trust_env=False)
        assert (health.status_code, health.json()["status"]) == (503, "degraded")
        assert httpx.get(f"{url}/review", timeout=5, trust_env=False).status_code == 503
    finally:
        assert stop(process) == (0, "")
