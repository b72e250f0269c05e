"""The fold of adoptions: contiguous numbers, nothing else changed, and every wrong state found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.adoption import Reverse, cuts
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger import Ledger, Objects, adopt, audit
from tests.core.ledger.adopting import Shelf, adopting, drafts, remade, set_id, written


def wrong(shelf: Shelf) -> list[str]:
    return list(audit(shelf.ledger, shelf.there))


def test_numbers_are_taken_one_after_the_other() -> None:
    shelf = Shelf()
    first, second = shelf.add("1.0", 4).entry, shelf.add("1.1", 2).entry
    assert (first.max_before, first.first, first.max_after, first.next_free) == (0, 1, 4, 5)
    assert (second.max_before, second.first, second.max_after, second.next_free) == (4, 5, 6, 7)
    assert second.prev_hash == first.entry_hash
    assert wrong(shelf) == []


def test_existing_entries_and_objects_stay_as_they_are() -> None:
    shelf = Shelf(2, 3)
    entries, there = shelf.ledger.entries, dict(shelf.there)
    new = shelf.add("2.0").entry
    assert shelf.ledger.entries[:-1] == entries
    assert {name: shelf.there[name] for name in there} == there
    assert new.pins.objects_before == entries[-1].pins.objects_after


def test_a_release_is_adopted_once() -> None:
    shelf = Shelf(2)
    with pytest.raises(MalformedError, match="twice"):
        shelf.add("1.1")
    with pytest.raises(MalformedError, match="twice"):
        adopt(shelf.data, shelf.there, adopting("9", run=shelf.ledger.entries[0].run))


def test_an_id_of_another_release_is_a_collision() -> None:
    shelf = Shelf(2)
    with pytest.raises(MalformedError, match=r"stands in .* and in"):
        adopt(shelf.data, shelf.there, adopting("9", drafts=drafts("1.1", 1)))


def test_a_release_without_objects_is_none() -> None:
    with pytest.raises(MalformedError, match="count"):
        adopt(None, {}, adopting("9", 0))


def test_an_entry_without_its_folder_is_an_orphan() -> None:
    shelf = Shelf(2, 3)
    del shelf.there[set_id("1.1")]
    assert (
        [text for text in wrong(shelf) if "adoption-1 is an orphan" in text] == wrong(shelf) != []
    )


def test_a_folder_without_its_entry_is_an_orphan() -> None:
    shelf = Shelf(2, 3)
    shelf.data = Ledger(shelf.ledger.entries[:-1]).render()  # the newest entry was cut off
    assert wrong(shelf) == [f"{set_id('1.2')} is an orphan: the ledger has no entry for it"]


def test_changed_objects_are_found() -> None:
    shelf = Shelf(2, 3)
    name = set_id("1.1")
    shelf.there[name] = Objects.of(name, drafts("1.1", 2), 2).render()
    assert wrong(shelf) == [f"{name}/objects.json is not the one that adoption-1 names"]


def test_objects_that_number_more_than_the_entry_took_are_found() -> None:
    shelf = Shelf(2)
    name = set_id("1.1")
    for first, count in ((1, 3), (1, 1), (2, 2)):
        data = Objects.of(name, drafts("1.1", count), first).render()
        line = shelf.ledger.entries[0].to_dict()
        pins = {**line["pins"], "objects_after": str(Digest.of(_line(name, data)))}
        forged = remade(line, objects=str(Digest.of(data)), pins=pins)
        ledger = Ledger.parse(written([forged]))
        assert list(audit(ledger, {name: data})) == [f"{name} numbers other objects than 1 to 2"]


def _line(name: str, data: bytes) -> bytes:
    return f"{Digest.of(data).hex}  {name}/objects.json\n".encode()


def test_nothing_is_folded_onto_a_shelf_that_is_wrong() -> None:
    shelf = Shelf(2, 3)
    with pytest.raises(MalformedError, match="orphan"):
        adopt(shelf.data, {}, adopting("9"))
    with pytest.raises(MalformedError, match="orphan"):
        adopt(None, shelf.there, adopting("9"))
    assert shelf.data is not None
    with pytest.raises(MalformedError, match="rule 2"):
        adopt(shelf.data.replace(b"Ada", b"Eve"), shelf.there, adopting("9"))


def test_an_entry_cannot_be_older_than_the_newest() -> None:
    shelf = Shelf(2)
    late = adopting("9")
    with pytest.raises(MalformedError, match="rule 7"):
        adopt(shelf.data, shelf.there, replace(late, adopted_at="2020-01-01T00:00:00Z"))


@given(st.lists(st.integers(min_value=0, max_value=6), max_size=12))
def test_any_sequence_keeps_numbers_contiguous_and_reverting_brings_the_bytes_back(
    does: list[int],
) -> None:
    """0 reverts the newest adoption, any other number adopts a release of so many objects."""
    shelf = Shelf()
    past: list[tuple[bytes | None, dict[str, bytes]]] = []
    for turn, count in enumerate(does):
        if count:
            past.append((shelf.data, dict(shelf.there)))
            shelf.add(f"1.{turn}", count)
        elif past:
            entry = shelf.ledger.entries[-1]
            patch = Reverse.make(entry, cuts(shelf.ledger)[entry.id], {})
            shelf.data = patch.undo(shelf.data or b"")
            del shelf.there[entry.set]
            assert (shelf.data, shelf.there) == past.pop()
    if shelf.data is None:
        assert shelf.there == {}
        return
    numbers = [
        item.number
        for entry in shelf.ledger.entries
        for item in Objects.parse(shelf.there[entry.set], entry.set).objects
    ]
    assert numbers == list(range(1, shelf.ledger.next_free))
    assert wrong(shelf) == []
