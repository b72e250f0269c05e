"""How client and signer speak: one JSON object a message, after its length and a line end.

Request: `statements` (base64 each), `files` (name → absolute path), `allowed_types`. Reply:
`bundles` (base64 each, in the order of the statements), or `refused` with a reason and words.

Request: `challenge` (base64), and nothing beside it. Reply: `answer` with `payload`, `signature`
(base64 both) and `hint`, or `refused`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import IO, Any

from pipeline.core.canonical import MalformedError

MAX_MESSAGE = 64 * 1024 * 1024
"""Largest message, in bytes."""
_MAX_LENGTH_LINE = 12


class Refusal(StrEnum):
    """Why the signer did not sign."""

    KEY = "key"
    REQUEST = "request"
    CHALLENGE = "challenge"
    STATEMENT = "statement"
    TYPE = "type"
    FILE = "file"
    SUBJECT = "subject"


def write_message(stream: IO[bytes], value: dict[str, Any]) -> None:
    """Send one message; raises `OSError` when nobody listens."""
    data = json.dumps(value).encode("ascii") + b"\n"
    if len(data) > MAX_MESSAGE:
        msg = f"a message of {len(data)} bytes is longer than {MAX_MESSAGE}"
        raise MalformedError(msg)
    stream.write(b"%d\n%b" % (len(data), data))
    stream.flush()


def read_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """Receive one message; None when the other side has closed, `MalformedError` for half a one."""
    line = stream.readline(_MAX_LENGTH_LINE)
    if not line:
        return None
    if not line.endswith(b"\n") or not line[:-1].isdigit() or int(line) > MAX_MESSAGE:
        msg = "no message begins with such a length"
        raise MalformedError(msg)
    data = stream.read(int(line))
    if len(data) != int(line):
        msg = "the message was cut"
        raise MalformedError(msg)
    try:
        value = json.loads(
            data
        )  # names of files may be no UTF-8, which our own documents never hold
    except (ValueError, RecursionError) as error:
        msg = f"not JSON: {error}"
        raise MalformedError(msg) from error
    if not isinstance(value, dict):
        msg = "a message is an object"
        raise MalformedError(msg)
    return value
