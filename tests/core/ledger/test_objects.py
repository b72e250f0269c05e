"""`objects.json`: numbers without gap, ids and paths once, one form, nothing unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.core.canonical import MalformedError, canonical
from pipeline.core.ledger import Objects
from pipeline.core.ledger.lines import render
from pipeline.core.ledger.objects import SCHEMA
from tests.core.ledger.adopting import digest, drafts, set_id

NAME = set_id("1.0")
DATA = Objects.of(NAME, drafts("1.0", 3), 5).render()
Items = list[dict[str, Any]]


def test_objects_are_read_as_they_were_written() -> None:
    read = Objects.parse(DATA, NAME)
    assert read.render() == DATA
    assert [item.number for item in read.objects] == [5, 6, 7]
    document = json.loads(DATA)
    assert sorted(document) == ["objects", "schema", "set"]
    assert sorted(document["objects"][0]) == [
        *("digest", "family", "id", "kind", "number", "path", "phase"),
    ]


def put(items: Items, at: int, **changes: Any) -> Items:  # noqa: ANN401 - fields
    items[at] = {n: v for n, v in {**items[at], **changes}.items() if v is not ...}
    return items


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda items: put(items, 1, number=5), "gap or an overlap"),
        (lambda items: put(items, 1, number=7), "gap or an overlap"),
        (lambda items: [items[0], items[2]], "gap or an overlap"),
        (lambda items: items[::-1], "gap or an overlap"),
        (lambda items: put(items, 1, id=items[0]["id"]), "stands twice"),
        (lambda items: put(items, 1, path=items[0]["path"]), "stands twice"),
        (lambda items: put(items, 1, path="../out"), "portable"),
        (lambda items: put(items, 1, path="/etc/passwd"), "portable"),
        (lambda items: put(items, 1, kind="rumour"), "kind"),
        (lambda items: put(items, 1, phase="mid-deploy"), "phase"),
        (lambda items: put(items, 1, digest="0" * 64), "digest"),
        (lambda items: put(items, 1, number=0), "number"),
        (lambda items: put(items, 1, family=...), "family"),
        (lambda items: put(items, 1, more=1), "more"),
    ],
)
def test_objects_that_do_not_fit_are_refused(spoil: Callable[[Items], Items], said: str) -> None:
    items = [dict(item) for item in json.loads(DATA)["objects"]]
    members = {"schema": SCHEMA, "set": NAME}
    data = render(members, "objects", [canonical(item) for item in spoil(items)])
    with pytest.raises(MalformedError, match=said):
        Objects.parse(data, NAME)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (DATA.replace(b"/objects/v1", b"/objects/v2"), "this version reads"),
        (DATA.replace(b'{"schema"', b'{"more":1,"schema"'), "unknown fields: more"),
        (DATA.replace(b"\n,", b"\n"), "comma"),
        (DATA[:-3], "not JSON"),
        (canonical(json.loads(DATA)), "one form"),
        (b"[]", "not an object"),
    ],
)
def test_another_form_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(MalformedError, match=said):
        Objects.parse(data, NAME)


def test_objects_of_another_release_are_refused() -> None:
    with pytest.raises(MalformedError, match="one form"):
        Objects.parse(DATA, set_id("2.0"))


def test_a_draft_cannot_bring_a_digest_that_is_none() -> None:
    given = drafts("1.0", 1)
    assert given[0].digest == digest("1.0 0")
    with pytest.raises(MalformedError, match="digest"):
        Objects.of(NAME, [type(given[0])(id="a", kind=given[0].kind, path="p", digest="x")], 1)
