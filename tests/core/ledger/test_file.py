"""The ledger's file: each of its seven rules, broken alone, is refused by its number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.core.canonical import MalformedError, canonical
from pipeline.core.ledger import Entry, Ledger
from pipeline.core.ledger.lines import TAIL, head
from tests.core.ledger.adopting import AT, Shelf, digest, rechained, remade, written

SHELF = Shelf(3, 1, 2, 5)
ENTRIES = [entry.to_dict() for entry in SHELF.ledger.entries]
FIELDS = sorted(Entry.model_fields)


def refused(data: bytes, rule: int) -> str:
    with pytest.raises(MalformedError) as error:
        Ledger.parse(data)
    assert f"rule {rule}: " in str(error.value), error.value
    return str(error.value)


def changed(at: int, **changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - fields
    entries = [dict(entry) for entry in ENTRIES]
    entries[at] = remade(entries[at], **changes)
    return entries


def test_a_ledger_is_read_as_it_was_written() -> None:
    assert SHELF.data is not None
    assert Ledger.parse(SHELF.data).render() == SHELF.data
    assert json.loads(SHELF.data)["entries"] == ENTRIES


def test_an_adoption_is_one_line_more_and_nothing_else() -> None:
    shelf = Shelf(3, 1)
    assert shelf.data is not None
    before = shelf.data.splitlines()
    shelf.add("1.3")
    after = shelf.data.splitlines()
    assert [line for line in after if line not in before] == [after[-2]]
    assert after[:-2] + after[-1:] == before


def test_a_ledger_without_entries_is_one_too() -> None:
    assert Ledger.parse(Ledger().render()) == Ledger()
    assert (Ledger().head, Ledger().max, Ledger().next_free) == (None, 0, 1)


@pytest.mark.parametrize("at", range(len(ENTRIES)))
@pytest.mark.parametrize("name", FIELDS)
def test_rule_1_every_field_is_needed(name: str, at: int) -> None:
    refused(written(changed(at, **{name: ...}) if name != "entry_hash" else _without(at)), 1)


def _without(at: int) -> list[dict[str, Any]]:
    entries = [dict(entry) for entry in ENTRIES]
    del entries[at]["entry_hash"]
    return entries


@pytest.mark.parametrize("at", range(len(ENTRIES)))
def test_rule_1_no_other_field_is_taken(at: int) -> None:
    assert "more" in refused(written(rechained(changed(at, more=1))), 1)
    pins = {**ENTRIES[at]["pins"], "more": digest("x")}
    assert "more" in refused(written(rechained(changed(at, pins=pins))), 1)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("id", "adoption-0"),
        ("id", 1),
        ("set", "no-set"),
        ("set", "a__b__c"),
        ("set", "../up__b__c__0123456789abcdef"),
        ("run", "0" * 64),
        ("target", ""),
        ("target", "two\nlines"),
        ("adopter", " "),
        ("adopter", None),
        ("reference", "a\tb"),
        ("adopted_at", "2026-11-20"),
        ("contract", "sha256:AB"),
        ("objects", None),
        ("count", 0),
        ("count", "3"),
        ("count", True),
        ("first", -1),
        ("pins", {}),
    ],
)
def test_rule_1_every_field_has_its_form(name: str, wrong: object) -> None:
    assert name in refused(written(rechained(changed(1, **{name: wrong}))), 1)


DATA = SHELF.data or b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]\n",
        b"null\n",
        b"\xff",
        DATA[:-1],
        DATA + b"\n",
        b" " + DATA,
        b"\xef\xbb\xbf" + DATA,
        DATA.replace(b"\n,", b",\n"),
        DATA.replace(b"\n", b"\r\n"),
        DATA.replace(b"\n,", b"\n\n,", 1),
        DATA.replace(b'"count":3', b'"count":3.0', 1),
        DATA.replace(b'"count":3', b'"count":3,"count":3', 1),
        DATA.replace(b'"target":"pot"', b'"target":"p\\u006ft"', 1),
        json.dumps(json.loads(DATA)).encode(),
        canonical(json.loads(DATA)),
        head({"schema": "x"}, "entries") + TAIL,
    ],
    ids=range(18),
)
def test_rule_1_there_is_one_form(data: bytes) -> None:
    refused(data, 1)


def test_rule_1_a_newer_schema_is_refused_by_its_name() -> None:
    said = refused(DATA.replace(b"/ledger/v1", b"/ledger/v2"), 1)
    assert "ledger/v2" in said
    assert "this version reads" in said


def test_rule_1_an_unknown_field_of_the_file_is_refused_by_its_name() -> None:
    value = {**json.loads(DATA), "note": "hello"}
    assert "note" in refused(json.dumps(value).encode(), 1)
    twice = DATA.replace(b'{"schema"', b'{"schema":"x","schema"')
    assert "stands twice" in refused(twice, 1)


@pytest.mark.parametrize("at", range(len(ENTRIES)))
@pytest.mark.parametrize("name", ["adopter", "reference", "contract", "objects", "adopted_at"])
def test_rule_2_an_entry_that_was_changed_is_found(name: str, at: int) -> None:
    new = {"adopted_at": "2026-11-20T10:00:01Z", "contract": digest("x"), "objects": digest("x")}
    entries = [dict(entry) for entry in ENTRIES]
    entries[at][name] = new.get(name, "Eve")
    assert f"entry {at + 1}: " in refused(written(entries), 2)


@pytest.mark.parametrize("at", range(len(ENTRIES) - 1))
def test_rule_3_an_entry_that_was_changed_with_its_hash_is_found_by_the_next(at: int) -> None:
    assert f"entry {at + 2}: " in refused(written(changed(at, adopter="Eve")), 3)


@pytest.mark.parametrize("at", range(len(ENTRIES) - 1))
def test_rule_3_an_entry_that_was_taken_out_is_found(at: int) -> None:
    refused(written([*ENTRIES[:at], *ENTRIES[at + 1 :]]), 3)


@pytest.mark.parametrize("at", range(len(ENTRIES)))
def test_rule_3_an_entry_that_was_put_in_twice_is_found(at: int) -> None:
    refused(written([*ENTRIES[: at + 1], *ENTRIES[at:]]), 3)


@pytest.mark.parametrize("at", range(len(ENTRIES) - 1))
def test_rule_3_entries_in_another_order_are_found(at: int) -> None:
    order = [*ENTRIES[:at], ENTRIES[at + 1], ENTRIES[at], *ENTRIES[at + 2 :]]
    refused(written(order), 3)
    refused(written(rechained(order)), 3)  # the ids count


def test_rule_3_the_first_entry_follows_nothing() -> None:
    refused(written(changed(0, prev_hash=digest("x"))), 3)


@pytest.mark.parametrize("at", range(len(ENTRIES)))
@pytest.mark.parametrize("name", ["max_before", "first", "max_after", "next_free", "count"])
@pytest.mark.parametrize("by", [-1, 1])
def test_rule_4_numbers_that_leave_a_gap_or_overlap_are_found(name: str, at: int, by: int) -> None:
    value = ENTRIES[at][name] + by
    lowest = 0 if name == "max_before" else 1
    rule = 4 if value >= lowest else 1  # below that it is no number of an object
    refused(written(rechained(changed(at, **{name: value}))), rule)


def test_rule_5_a_set_or_a_run_that_stands_twice_is_found() -> None:
    for name in ("set", "run"):
        entries = rechained(changed(2, **{name: ENTRIES[0][name]}))
        assert "twice" in refused(written(entries), 5)


@pytest.mark.parametrize("at", range(len(ENTRIES)))
@pytest.mark.parametrize("name", ["ledger", "objects_before", "objects_after"])
def test_rule_6_pins_of_something_else_are_found(name: str, at: int) -> None:
    pins = {**ENTRIES[at]["pins"], name: digest("x")}
    refused(written(rechained(changed(at, pins=pins))), 6)


def test_rule_6_only_the_first_entry_can_be_made_without_a_file_before_it() -> None:
    pins = {**ENTRIES[1]["pins"], "ledger": None}
    refused(written(rechained(changed(1, pins=pins))), 6)


def test_rule_6_a_history_that_was_rewritten_with_all_its_hashes_is_found_by_its_pins() -> None:
    entries = rechained(changed(0, adopter="Eve"))
    assert "entry 2: " in refused(written(entries), 6)


def test_rule_7_time_never_runs_backwards() -> None:
    shelf = Shelf(1)
    entry = shelf.add("2.0").entry.to_dict()
    first = shelf.ledger.entries[0].to_dict()
    assert entry["adopted_at"] == AT
    refused(written([first, remade(entry, adopted_at="2026-11-20T09:59:59Z")]), 7)


def test_an_entry_is_found_by_its_id_and_by_its_set() -> None:
    ledger = SHELF.ledger
    for entry in ledger.entries:
        assert ledger.find(entry.id) == ledger.find(entry.set) == entry
    assert ledger.find("adoption-99") is None
