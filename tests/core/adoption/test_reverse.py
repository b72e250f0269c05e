"""The reverse patch: made from the ledger alone, and used on nothing but that ledger."""

from __future__ import annotations

import json

import pytest

from pipeline.core.adoption import EVIDENCE, Reverse, cuts, missing_evidence
from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.ledger import Ledger, adopt
from pipeline.core.policies.adoption import AdoptionEvidence
from pipeline.core.records.adoption import AdoptionRecord
from tests.core.ledger.adopting import Shelf, adopting

FILES = {"objects.json": Digest.of(b"o"), "keys/a.pem": Digest.of(b"k")}


def patch(shelf: Shelf) -> Reverse:
    entry = shelf.ledger.entries[-1]
    return Reverse.make(entry, cuts(shelf.ledger)[entry.id], FILES)


def test_every_adoption_can_be_undone_to_the_byte() -> None:
    shelf = Shelf()
    for turn in range(4):
        before = shelf.data
        shelf.add(f"1.{turn}", turn + 1)
        assert patch(shelf).undo(shelf.data or b"") == before


def test_the_first_adoption_onto_an_empty_file_leaves_that_file() -> None:
    empty = Ledger().render()
    after = adopt(empty, {}, adopting("1.0")).ledger
    made = Reverse.make(after.entries[0], cuts(after)["adoption-1"], FILES)
    assert made.undo(after.render()) == empty


def test_it_is_read_as_it_was_written() -> None:
    made = patch(Shelf(2, 3))
    assert Reverse.parse(made.to_bytes()) == made
    assert [item.path for item in made.files] == sorted(FILES)


def test_it_is_for_one_state_of_the_ledger() -> None:
    shelf = Shelf(2, 3)
    made = patch(shelf)
    shelf.add("2.0")
    with pytest.raises(MalformedError, match="not as the adoption left it"):
        made.undo(shelf.data or b"")


@pytest.mark.parametrize("name", ["offset", "length"])
def test_a_cut_at_another_place_does_not_give_the_ledger_from_before(name: str) -> None:
    shelf = Shelf(2, 3)
    value = patch(shelf).to_dict()
    value["ledger"][name] += 1
    with pytest.raises(MalformedError, match="not the ledger from before"):
        Reverse.parse(canonical(value)).undo(shelf.data or b"")


def test_unknown_fields_other_schemas_and_other_forms_are_refused() -> None:
    value = patch(Shelf(2)).to_dict()
    for wrong in (
        canonical({**value, "more": 1}),
        canonical({**value, "schema": value["schema"].replace("v1", "v2")}),
        json.dumps(value).encode(),
        canonical({name: one for name, one in value.items() if name != "files"}),
    ):
        with pytest.raises(MalformedError):
            Reverse.parse(wrong)


def test_every_evidence_that_a_policy_can_ask_for_is_looked_for() -> None:
    assert set(EVIDENCE) == {one.value for one in AdoptionEvidence}
    assert set(EVIDENCE.values()) <= set(AdoptionRecord.model_fields)


def test_evidence_that_is_empty_absent_or_unknown_is_missing() -> None:
    record = {"adopter": "Ada", "adopted_record_ids": []}
    wanted = ["adopter_identity", "adopted_record_ids", "review_contract", "rumour"]
    assert missing_evidence(wanted, record) == wanted[1:]
