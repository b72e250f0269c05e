"""The service as a process: what it reads, how it starts, degrades and stops."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]
NEED_POSTURE = ("/", "/review", "/posture.json", "/llms-full.txt")


def assert_degraded(service: Any, reason: str) -> None:  # noqa: ANN401 - a fixture's value
    """Check that nothing is claimed, that the text says why, and that no path is told."""
    with service.client() as client:
        for path in NEED_POSTURE:
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert reason in answer.text
            assert str(service.posture.parent) not in answer.text
        health = client.get("/proxy/health")
        assert health.status_code == 503
        assert health.json()["status"] == "degraded"
        assert reason in health.json()["reason"]
        for path in ("/llms.txt", "/robots.txt", "/sitemap.xml", "/openapi.json", "/config.json"):
            assert client.get(path).status_code == 200


def test_without_a_posture_nothing_is_claimed(start: Start) -> None:
    assert_degraded(start(posture=False), "cannot be read")


def test_a_posture_that_comes_changes_breaks_and_goes_is_followed(start: Start) -> None:
    service = start()
    good = service.posture.read_bytes()
    with service.client() as client:
        assert "no production approval" in client.get("/review").text
        changed = good.replace(b'"project": "release-ladder"', b'"project": "another project"')
        replacement = service.posture.with_suffix(".new")
        replacement.write_bytes(changed)
        replacement.replace(service.posture)
        assert "another project" in client.get("/review").text
    service.posture.write_bytes(good[: len(good) // 2])
    assert_degraded(service, "malformed")
    service.posture.unlink()
    assert_degraded(service, "cannot be read")
    service.posture.mkdir()
    assert_degraded(service, "no regular file")
    service.posture.rmdir()
    os.mkfifo(service.posture)
    assert stat.S_ISFIFO(service.posture.stat().st_mode)
    assert_degraded(service, "no regular file")
    service.posture.unlink()
    service.posture.write_bytes(good)
    with service.client() as client:
        assert client.get("/posture.json").content == good
        assert client.get("/proxy/health").json()["status"] == "ok"


def test_a_posture_that_claims_more_than_it_shows_is_not_shown(start: Start) -> None:
    service = start()
    data = service.posture.read_bytes()
    claimed = data.replace(b'"production_ready": false', b'"production_ready": true', 1)
    assert claimed != data
    service.posture.write_bytes(claimed)
    assert_degraded(service, "malformed")


def test_an_unsigned_posture_makes_nothing_ready_for_production(start: Start) -> None:
    service = start()
    document = json.loads(service.posture.read_bytes())
    target = document["targets"][0]
    target |= {"origin_class": "live_workflow_backed", "production_ready": True, "blockers": []}
    target |= {"readiness": "proven", "deployment_allowed": True}
    for stage in target["stages"]:
        stage["state"] = "done"
    service.posture.write_text(json.dumps(document))
    assert_degraded(service, "rooted trust")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"short", b"x" * 5000])
def test_without_a_usable_secret_nobody_becomes_the_operator(
    start: Start, content: bytes | None
) -> None:
    service = start(secret=content is not None)
    service.secret_file.write_bytes(content or b"")
    with service.client() as client:
        offered = (content or b"").decode().rstrip("\n")[:2000]
        answer = client.post("/operator/session", json={"secret": offered})
        assert answer.status_code == 503
        assert client.get("/operator/metrics").status_code == 401


def test_a_new_secret_ends_the_sessions_of_the_old_one(start: Start, secret: str) -> None:
    service = start()
    with service.client() as client:
        assert client.post("/operator/session", json={"secret": secret}).status_code == 200
        assert client.get("/operator/metrics").status_code == 200
        service.secret_file.write_text("another secret of enough length")
        assert client.get("/operator/metrics").status_code == 401
        assert client.post("/operator/session", json={"secret": secret}).status_code == 401
        service.secret_file.unlink()
        assert client.post("/operator/session", json={"secret": secret}).status_code == 503


def test_links_are_written_with_the_address_that_was_given(start: Start, secret: str) -> None:
    service = start("--base-url", "https://release.example")
    with service.client() as client:
        assert "(https://release.example/llms-full.txt)" in client.get("/llms.txt").text
        assert "<loc>https://release.example/review</loc>" in client.get("/sitemap.xml").text
        answer = client.post("/operator/session", json={"secret": secret})
        assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_an_open_request_end_and_then_the_service(
    start: Start, secret: str, number: signal.Signals
) -> None:
    service = start()
    body = f'{{"secret": "{secret}"}}'.encode()
    head = (
        b"POST /operator/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    with socket.create_connection(service.address, timeout=10) as sock:
        sock.sendall(head)
        assert sock.recv(65536).startswith(b"HTTP/1.1 100 ")  # the request is open now
        service.process.send_signal(number)
        time.sleep(0.3)
        sock.sendall(body)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert service.stop() == (0, "")


def test_an_answer_does_not_wait_for_a_delayed_acknowledgement(start: Start) -> None:
    service = start()
    with service.client() as client:
        client.get("/proxy/health")
        taken = [client.get("/proxy/health").elapsed.total_seconds() for _ in range(31)]
    assert min(taken[10:]) < 0.03  # Linux delays acknowledgements by 40 ms, all but the first


def test_a_port_that_is_taken_is_said_in_three_lines() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("--port", port)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 3
    assert f"at 127.0.0.1 port {port}" in ended.stderr


@pytest.mark.parametrize("options", [("--port", "99999"), ("--base-url", "no origin")])
def test_options_that_make_no_sense_are_said_in_three_lines(options: tuple[str, ...]) -> None:
    ended = run(*options)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 3


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the service where it is expected to end by itself."""
    import pipeline.web

    return subprocess.run(
        [sys.executable, "-m", "pipeline.web", *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(pipeline.web.__file__).parents[2],
    )
