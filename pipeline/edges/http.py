"""A bounded HTTP client for services on this machine: loopback, no proxy, no redirect, no patience.

Every request ends within its timeout for each read and a deadline over all of them; a body is read
up to `MAX_BODY` bytes. What is no answer is `NoAnswerError`, never a status.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

MAX_BODY = 4 * 1024 * 1024
"""Most bytes of a body that are read; a longer one is no answer."""


class NoAnswerError(Exception):
    """Nothing answered, or not in time, or what came was no HTTP; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the status, the media type without parameters, the body, the time in ms."""

    status: int
    media_type: str
    body: bytes
    milliseconds: float


class LoopbackClient:
    """Talks to one origin on loopback; keeps its cookies while it is open.

    One thread at a time: httpx's pool closes connections under other threads' hands (seen with
    httpcore 1.0.9), which would look like a failure of the service.
    """

    def __init__(self, url: str, *, timeout: float = 5.0) -> None:
        """Take an origin such as `http://127.0.0.1:8000`; any other than loopback is refused."""
        self._url = _loopback(url)
        self._timeout = timeout
        self._client = httpx.Client(
            base_url=self._url,
            timeout=timeout,
            trust_env=False,
            verify=ssl.SSLContext(
                ssl.PROTOCOL_TLS_CLIENT
            ),  # no TLS here: trust nobody, load nothing
            follow_redirects=False,
            limits=httpx.Limits(max_connections=1),
            headers={"User-Agent": "release-ladder"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def stranger(self) -> LoopbackClient:
        """Return a client of the same origin that has none of this one's cookies."""
        return LoopbackClient(self._url, timeout=self._timeout)

    def request(self, method: str, path: str, *, json: Any = None) -> Answer:  # noqa: ANN401
        """Ask for a path and return the answer; raises `NoAnswerError`."""
        begun = time.monotonic()
        try:
            with self._client.stream(method, path, json=json) as response:
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BODY:
                        raise NoAnswerError(f"the body is longer than {MAX_BODY} bytes")
                    if time.monotonic() - begun > self._timeout:
                        raise NoAnswerError(f"the body took longer than {self._timeout:g} s")
                declared = response.headers.get("content-type", "")
                status = response.status_code
        except httpx.HTTPError as error:
            raise NoAnswerError(f"no answer ({type(error).__name__})") from error
        return Answer(
            status=status,
            media_type=declared.partition(";")[0].strip().lower(),
            body=body,
            milliseconds=(time.monotonic() - begun) * 1000,
        )


def _loopback(url: str) -> str:
    parts = urlsplit(url)
    try:
        inside = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        inside = False
    if parts.scheme != "http" or not inside or parts.username or parts.path not in {"", "/"}:
        raise ValueError(f"not an origin on loopback: {url[:200]!r}")
    return url
