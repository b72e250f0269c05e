"""The journal: each of its six rules, broken alone, is refused by its number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.journal import FIELDS, Entry, Journal, Status
from tests.core.histories import CONTEXT, ENDS, Scribe, moment, refused, story

# rule 1 ----------------------------------------------------------------------------------------


def remade(entry: Entry, **changes: Any) -> bytes:  # noqa: ANN401 - fields
    """Return a line with fields changed, whose hash is right again; `...` takes a field away."""
    body = entry.to_dict() | changes
    body = {name: value for name, value in body.items() if value is not ...}
    body.pop("entry_hash")
    return canonical(body | {"entry_hash": str(Digest.of(canonical(body)))}) + b"\n"


def each(name: str, *wrong: object) -> list[dict[str, object]]:
    return [{name: value} for value in wrong]


FIRST = story().entries[0]


@pytest.mark.parametrize("name", sorted(FIELDS - {"entry_hash"}))
def test_rule_1_an_entry_has_all_nine_fields(name: str) -> None:
    refused(remade(FIRST, **{name: ...}), 1, 1)


@pytest.mark.parametrize(
    "line",
    [
        remade(FIRST, more=1),
        canonical({n: v for n, v in FIRST.to_dict().items() if n != "entry_hash"}) + b"\n",
        b" " + FIRST.to_line() + b"\n",
        json.dumps(FIRST.to_dict()).encode() + b"\n",
        FIRST.to_line() + b"\r\n",
        b"\xef\xbb\xbf" + FIRST.to_line() + b"\n",
        b"\n",
        b"null\n",
        b"[]\n",
        b'"begin"\n',
        b"\xff\n",
        FIRST.to_line().replace(b"begin", b"b\\u0065gin") + b"\n",
        FIRST.to_line().replace(b'"outputs":{}', b'"outputs":{},"outputs":{}') + b"\n",
    ],
    ids=repr,
)
def test_rule_1_an_entry_is_canonical_json_of_nine_fields(line: bytes) -> None:
    refused(line, 1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        *each("status", "Begin", "", "done", None, 1, ["begin"], {}),
        *each("started_at", None, 5, "", "soon", "2026-06-01", moment(0) + "\n"),
        {"started_at": "2026-06-01T00:00:00+00:00"},
        {"started_at": "２０２６-06-01T00:00:00Z"},  # noqa: RUF001 - it sorts behind every time
        *each("completed_at", 5, "", "soon", [], {}, 0),
        {"completed_at": False},
        *each("inputs", None, [], "x"),
        *each("outputs", None, [], "x"),
        *each("step_id", None, 1, "", "water", "water/", "water/0", "water/01"),
        *each("step_id", "water/-1", "water/1 ", "water/x", "boil/1", "/1"),
        *each("step_id", "water/٣", "water/" + "9" * 5000, "water/1\n"),
        *each("name", None, 1, "", "boil"),
        {"name": "", "step_id": "/1"},
    ],
    ids=lambda changes: repr(changes)[:60],
)
def test_rule_1_fields_are_of_their_types(changes: dict[str, Any]) -> None:
    refused(remade(FIRST, **changes), 1, 1)


# rule 2 ----------------------------------------------------------------------------------------


def test_rule_2_an_entry_is_hashed_as_it_is() -> None:
    for name, value in {"started_at": moment(9), "outputs": {"stage_result": "x"}}.items():
        forged = canonical(FIRST.to_dict() | {name: value}) + b"\n"
        refused(forged, 2, 1)
    for hash_ in ("", None, "0" * 64, FIRST.entry_hash.upper(), FIRST.entry_hash[7:]):
        refused(canonical(FIRST.to_dict() | {"entry_hash": hash_}) + b"\n", 2, 1)


def test_the_entry_hash_is_sha_256_of_the_canonical_entry_without_it() -> None:
    body = json.loads(FIRST.to_line())
    said = body.pop("entry_hash")
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))  # ASCII, so canonical
    assert said == str(Digest.of(text.encode()))


# rule 3 ----------------------------------------------------------------------------------------


def test_rule_3_the_first_entry_binds_run_json_and_follows_nothing() -> None:
    other = str(Digest.of(b"another run.json"))
    for inputs in ({}, {"context": other}, {"context": None}, {"context": CONTEXT.hex}):
        refused(remade(FIRST, inputs=inputs), 3, 1)
    refused(remade(FIRST, prev_hash=other), 3, 1)
    refused(remade(FIRST, prev_hash=""), 3, 1)
    with pytest.raises(MalformedError, match="rule 3"):
        Journal.parse(story().data, context=Digest.of(b"another run.json"))


def test_rule_3_a_history_does_not_begin_with_an_end() -> None:
    for status in ENDS:
        refused(remade(FIRST, status=status.value, completed_at=moment(0)), 3, 1)


def test_rule_3_every_entry_names_the_one_before() -> None:
    entries = story().entries
    for prev in (None, entries[0].entry_hash, entries[2].entry_hash, "x", 1):
        if prev != entries[1].entry_hash:
            line = remade(entries[2], prev_hash=prev)
            refused(b"".join(e.to_line() + b"\n" for e in entries[:2]) + line, 3, 3)


def test_rule_3_an_entry_hidden_in_the_middle_breaks_the_chain() -> None:
    entries = story().entries
    refused(b"".join(e.to_line() + b"\n" for e in [*entries[:2], *entries[4:]]), 3, 3)


# rule 4 ----------------------------------------------------------------------------------------


def test_rule_4_nothing_begins_while_an_attempt_is_open() -> None:
    scribe = Scribe()
    scribe.write(Status.BEGIN, "water/1")
    scribe.write(Status.BEGIN, "water/2")
    refused(scribe.data, 4, 2)


def test_rule_4_a_begin_is_not_completed() -> None:
    scribe = Scribe()
    scribe.write(Status.BEGIN, "water/1", completed_at=moment(0))
    refused(scribe.data, 4, 1)


@pytest.mark.parametrize("status", ENDS)
def test_rule_4_an_attempt_ends_once(status: Status) -> None:
    scribe = Scribe()
    scribe.attempt("water/1")
    scribe.write(status, "water/1")
    refused(scribe.data, 4, 3)


@pytest.mark.parametrize("status", ENDS)
def test_rule_4_an_end_is_that_of_its_own_begin(status: Status) -> None:
    spoilt: list[dict[str, Any]] = [
        {"step_id": "water/2"},
        {"step_id": "boil/1", "name": "boil"},
        {"inputs": {}},
        {"inputs": {"begin": str(CONTEXT)}},
        {"completed_at": None},
    ]
    for changes in spoilt:
        scribe = Scribe()
        scribe.write(Status.BEGIN, "water/1")
        scribe.write(status, "water/1", **changes)
        refused(scribe.data, 4, 2)


def test_rule_4_a_cut_off_attempt_may_be_given_up() -> None:
    scribe = Scribe()
    scribe.write(Status.BEGIN, "water/1")
    scribe.write(Status.ABANDONED, "abandoned/1", inputs={})
    journal = scribe.parse()
    assert journal.abandoned == scribe.entries[-1]
    assert journal.open_begin is None


# rule 5 ----------------------------------------------------------------------------------------


def test_rule_5_time_never_runs_backwards() -> None:
    scribe = Scribe(second=10)
    scribe.attempt("water/1")
    scribe.second = 9
    scribe.write(Status.BEGIN, "boil/1")
    refused(scribe.data, 5, 3)


def test_rule_5_an_end_is_not_before_its_begin() -> None:
    scribe = Scribe(second=10)
    scribe.write(Status.BEGIN, "water/1")
    scribe.write(Status.PASS, "water/1", completed_at=moment(9))
    refused(scribe.data, 5, 2)


def test_rule_5_what_happens_within_one_second_is_in_order() -> None:
    scribe = Scribe(second=10)
    scribe.attempt("water/1")
    scribe.attempt("boil/1")
    assert len(scribe.parse().entries) == 4


# rule 6 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.BEGIN, Status.ABANDONED])
def test_rule_6_nothing_follows_abandoned(status: Status) -> None:
    scribe = story()
    scribe.second = 9
    scribe.write(Status.ABANDONED, "abandoned/1", inputs={})
    assert scribe.parse().abandoned == scribe.entries[-1]
    scribe.write(status, "boil/2", inputs={})
    refused(scribe.data, 6, 8)
