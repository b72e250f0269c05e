"""Each surface as an attacker meets it."""

import socket
from typing import Any

import httpx
import pytest

from pipeline.web.surfaces import SURFACES


def raw(address: tuple[str, int], data: bytes) -> bytes:
    """Send bytes as no client would, and give all that comes back."""
    with socket.create_connection(address, timeout=15) as sock:
        sock.sendall(data)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"secret": "wrong"}', 401),
        (b'{"secret": ""}', 401),
        (b'{"secret": "\\ud800"}', 400),
        (b'{"secret": "correct horse battery staple\\n"}', 401),
        (b'{"secret": null}', 400),
        (b'{"secret": ["correct horse battery staple"]}', 400),
        (b'{"secret": "correct horse battery staple", "admin": true}', 400),
        (b'{"secret": "x", "secret": "correct horse battery staple"}', 400),
        (b"[]", 400),
        (b"", 400),
        (b"\xff", 400),
        (b"[" * 4000, 400),
        (b"x" * 4097, 413),
        (b"x" * 1_000_000, 413),
    ],
)
def test_no_body_but_the_right_one_opens_a_session(
    client: httpx.Client, content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/operator/session", content=content, headers=headers)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert client.get("/operator/metrics").status_code == 401


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_a_foreign_site_opens_no_session(
    client: httpx.Client, secret: str, kind: str
) -> None:
    content = f'{{"secret": "{secret}"}}'.encode()
    answer = client.post("/operator/session", content=content, headers={"content-type": kind})
    assert answer.status_code == 415


def test_a_body_that_lies_about_its_length_is_cut_off(service: Any) -> None:  # noqa: ANN401 - fixture
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = raw(
        service.address,
        b"POST /operator/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3,
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_comes_does_not_hold_the_service(service: Any) -> None:  # noqa: ANN401 - fixture
    answer = raw(
        service.address,
        b"POST /operator/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\nConnection: close\r\n\r\n{",
    )
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_the_cookie_cannot_be_read_by_scripts_or_sent_from_elsewhere(
    client: httpx.Client, secret: str
) -> None:
    answer = client.post("/operator/session", json={"secret": secret})
    parts = [part.strip() for part in answer.headers["set-cookie"].split(";")]
    name, _, token = parts[0].partition("=")
    assert name == "release_ladder_session"
    assert len(token) >= 43  # 256 bits in base64url
    assert {"HttpOnly", "SameSite=strict", "Path=/operator", "Max-Age=900"} <= set(parts)
    assert secret not in answer.text + str(answer.headers)
    again = client.post("/operator/session", json={"secret": secret})
    assert token not in again.headers["set-cookie"]


@pytest.mark.parametrize(
    "cookie", ["", "x", "release_ladder_session", "../../etc/passwd", "A" * 43, "%00", '"', "\xe9"]
)
def test_a_made_up_token_opens_nothing(service: Any, cookie: str) -> None:  # noqa: ANN401 - fixture
    answer = raw(
        service.address,
        b"GET /operator/metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
        b"Cookie: release_ladder_session=" + cookie.encode("latin-1") + b"\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/review/",
        "/operator",
        "/operator/",
        "/operator/session/",
        "//evil.example/review",
        "/../posture.json",
        "/..%2f..%2fetc%2fpasswd",
        "/posture.json/../operator-secret",
        "/operator-secret",
        "/static/",
        "/docs",
        "/%00",
        "/REVIEW",
    ],
)
def test_an_unknown_path_is_nothing_and_leads_nowhere(service: Any, path: str) -> None:  # noqa: ANN401
    request = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    answer = raw(service.address, request.encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"location:" not in answer.lower()
    assert b"evil.example" not in answer


def test_a_forged_host_changes_no_answer(client: httpx.Client) -> None:
    headers = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "forwarded": "host=evil.example",
    }
    paths = [one.path for one in SURFACES if one.method == "GET" and not one.session]
    for path in paths:
        plain, forged = client.get(path), client.get(path, headers=headers)
        assert forged.content == plain.content
        assert "evil.example" not in str(forged.headers)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST"])
def test_a_wrong_method_is_told_which_ones_there_are(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/review")
    assert answer.status_code == 405
    assert {one.strip() for one in answer.headers["allow"].split(",")} == {"GET", "HEAD"}
    assert client.get("/operator/session").headers["allow"] == "POST"


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for method, path in [
        ("GET", "/"),
        ("GET", "/config.json"),
        ("GET", "/nowhere"),
        ("DELETE", "/review"),
        ("GET", "/operator/metrics"),
        ("POST", "/operator/session"),
    ]:
        headers = client.request(method, path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_service_lives(
    service: Any,  # noqa: ANN401 - fixture
    client: httpx.Client,
    data: bytes,
) -> None:
    with socket.create_connection(service.address, timeout=10) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            answer = sock.recv(65536)
        except OSError:  # cut off before everything was sent
            answer = b""
    assert not answer or answer.split(b" ")[1] in {b"400", b"431"}
    assert client.get("/proxy/health").status_code == 200
