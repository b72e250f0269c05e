"""Messages between client and signer, and requests that make no sense."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.edges import keys
from pipeline.edges.signer import protocol
from pipeline.edges.signer.server import serve
from tests.edges.signer.signing import ALLOWED, about


def test_a_message_survives_its_bytes() -> None:
    stream = io.BytesIO()
    values: list[dict[str, Any]] = [{}, {"a": "é\udcff", "b": [1, None]}]
    for value in values:
        protocol.write_message(stream, value)
    stream.seek(0)
    assert protocol.read_message(stream) == {}
    assert protocol.read_message(stream) == {"a": "é\udcff", "b": [1, None]}
    assert protocol.read_message(stream) is None


@pytest.mark.parametrize(
    "data",
    [
        b"x\n{}",
        b"-1\n",
        b"\n",
        b"2",
        b"3\n{}",
        b"2\n[]",
        b"2\nno",
        b"9" * 40 + b"\n",
        b"99999999999\n",
    ],
)
def test_half_a_message_is_none(data: bytes) -> None:
    with pytest.raises(MalformedError):
        protocol.read_message(io.BytesIO(data))


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"statements": 1, "files": {}, "allowed_types": []},
        {"statements": ["?"], "files": {}, "allowed_types": []},
        {"statements": [], "files": [], "allowed_types": []},
        {"statements": [], "files": {"a": 1}, "allowed_types": []},
        {"statements": [], "files": {}, "allowed_types": [[]]},
    ],
)
def test_a_request_without_sense_is_answered_and_the_next_one_served(
    key: keys.LocalKey, request_: dict[str, Any]
) -> None:
    requests, replies = io.BytesIO(), io.BytesIO()
    empty: dict[str, Any] = {"statements": [], "files": {}, "allowed_types": []}
    for value in (request_, empty):
        protocol.write_message(requests, value)
    requests.seek(0)
    serve(key.private_path, requests, replies)
    replies.seek(0)
    first, second = protocol.read_message(replies), protocol.read_message(replies)
    assert first is not None
    assert first["refused"]["reason"] == protocol.Refusal.REQUEST
    assert second == {"bundles": []}


def test_the_key_is_in_no_reply(key: keys.LocalKey, files: dict[str, Path]) -> None:
    requests, replies = io.BytesIO(), io.BytesIO()
    good = about(files["file0"]).to_bytes()
    for payload in (good, b"{}"):
        value: dict[str, Any] = {
            "statements": [base64.b64encode(payload).decode()],
            "files": {"key": str(key.private_path), "file0": str(files["file0"])},
            "allowed_types": sorted(ALLOWED),
        }
        protocol.write_message(requests, value)
    requests.seek(0)
    serve(key.private_path, requests, replies)
    said = replies.getvalue()
    body = key.private_path.read_text().splitlines()[1]
    assert b"bundles" in said
    assert b"refused" in said
    assert body.encode() not in said
