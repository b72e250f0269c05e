"""The form of files that git is to show well: one JSON document with one list, an item a line.

The comma stands before an item, so that an item added at the end is one line added in a diff, and
taking that line out again gives the bytes from before.
"""

from __future__ import annotations

from typing import Any

from pipeline.core.canonical import MalformedError, canonical, load_json

MAX_LINE = 256 * 1024
"""Largest item that is read, in bytes."""


def head(members: dict[str, Any], name: str) -> bytes:
    """Return the first line: the document's other members, then the list's name."""
    return canonical(members)[:-1] + b',"' + name.encode() + b'":[\n'


TAIL = b"]}\n"


def render(members: dict[str, Any], name: str, items: list[bytes]) -> bytes:
    """Return the document: its members in their one form, then the list, an item a line."""
    lines = [(b"," if number else b"") + item + b"\n" for number, item in enumerate(items)]
    return head(members, name) + b"".join(lines) + TAIL


def split(data: bytes, members: dict[str, Any], name: str) -> list[bytes]:
    """Return the items of a document in this form; anything else is `MalformedError`.

    A document with another `schema` is refused by that name: it may be of a newer version.
    """
    start = head(members, name)
    if not data.startswith(start) or not data.endswith(TAIL):
        raise MalformedError(_why(data, members, name))
    body = data[len(start) : len(data) - len(TAIL)]
    if not body:
        return []
    if not body.endswith(b"\n"):
        msg = "the last line is cut"
        raise MalformedError(msg)
    lines = body[:-1].split(b"\n")
    items = [lines[0]]
    for number, line in enumerate(lines[1:], 3):
        if not line.startswith(b","):
            msg = f"line {number} does not begin with a comma"
            raise MalformedError(msg)
        items.append(line[1:])
    return items


def _why(data: bytes, members: dict[str, Any], name: str) -> str:
    """Say what is wrong with a document that does not begin as it must."""
    try:
        value = load_json(data, limit=max(len(data), 1))
    except MalformedError as error:
        return str(error)
    if not isinstance(value, dict):
        return "not an object"
    unknown = sorted(value.keys() - {*members, name})
    if unknown:
        return f"unknown fields: {', '.join(unknown)[:200]}"
    if value.get("schema") != members["schema"]:
        given = str(value.get("schema"))[:120]
        return f"its schema is {given!r}; this version reads {members['schema']!r} alone"
    return "not in the one form that this file has: an item a line, the comma before it"
