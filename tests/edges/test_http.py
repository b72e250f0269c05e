"""The client speaks to this machine alone, and is never kept waiting or flooded."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pipeline.edges import http
from pipeline.edges.http import LoopbackClient, NoAnswerError

Serve = Callable[[bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answer every connection with given bytes, and close it."""
    listeners = []

    def start(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def work() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=work, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://10.0.0.1",
        "http://localhost",
        "https://127.0.0.1",
        "http://user@127.0.0.1",
        "http://127.0.0.1/path",
        "127.0.0.1",
        "",
    ],
)
def test_only_origins_on_loopback_are_spoken_to(url: str) -> None:
    with pytest.raises(ValueError, match="not an origin on loopback"):
        LoopbackClient(url)


def test_an_answer_is_told_as_it_came(serve: Serve) -> None:
    url = serve(b"HTTP/1.1 418 Tea\r\nContent-Type: Text/Plain; a=b\r\nContent-Length: 2\r\n\r\nhi")
    with LoopbackClient(url) as client:
        answer = client.request("GET", "/")
    assert (answer.status, answer.media_type, answer.body) == (418, "text/plain", b"hi")
    assert answer.milliseconds > 0


def test_a_redirect_is_an_answer_and_is_not_followed(serve: Serve) -> None:
    url = serve(b"HTTP/1.1 302 F\r\nLocation: http://example.org/\r\nContent-Length: 0\r\n\r\n")
    with LoopbackClient(url) as client:
        assert client.request("GET", "/").status == 302


def test_a_proxy_of_the_environment_is_not_asked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with LoopbackClient(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as client:
        assert client.request("GET", "/").status == 200


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9"]
)
def test_what_is_no_http_is_no_answer(serve: Serve, answer: bytes) -> None:
    with LoopbackClient(serve(answer)) as client, pytest.raises(NoAnswerError):
        client.request("GET", "/")


def test_a_flood_is_no_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 1000)
    url = serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)
    with LoopbackClient(url) as client, pytest.raises(NoAnswerError, match="longer than"):
        client.request("GET", "/")


def test_silence_is_no_answer_and_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        begun = time.monotonic()
        with LoopbackClient(url, timeout=0.2) as client, pytest.raises(NoAnswerError):
            client.request("GET", "/")
    assert time.monotonic() - begun < 3
