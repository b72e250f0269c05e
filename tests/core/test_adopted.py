"""Counting facts: per family, per target, per release; live only what verification says is."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.adopted import NAMED, AdoptedFinding, Entered, Fact, Tally, count
from pipeline.core.families import RecordFamily
from pipeline.core.release import OriginClass

ENTRY = Entered("adoption-1", "S", "sha256:run", "pot", "1.0", "sha256:objects", 1, 2)


def fact(record_id: str = "a", **changed: Any) -> Fact:  # noqa: ANN401 - fields of any type
    fields: dict[str, Any] = {
        "family": "tracking",
        "origin": OriginClass.LOCAL,
        "principal": "ada",
        "key_id": "sha256:key",
        "set": "S",
        "run": "sha256:run",
        "version": "1.0",
        "target": "pot",
        "channel": "home",
        "phase": "pre-deploy",
        "provenance": False,
        "approved": False,
    }
    return Fact(record_id=record_id, **(fields | changed))


def test_nothing_adopted_counts_nothing_of_every_family() -> None:
    counts = count(0, [], [])
    assert counts.families == {family.value: Tally() for family in RecordFamily}
    assert len(counts.families) == 9
    assert counts.targets == {}
    assert counts.tracked_releases == counts.signed_provenance == counts.production_approvals
    assert counts.to_dict()["tracked_releases"] == {
        "checked_in": 0,
        "live": 0,
        "local_or_synthetic": 0,
        "records": [],
    }


def test_records_are_counted_per_family_and_target_by_their_class_with_their_ids() -> None:
    counts = count(
        2,
        [
            fact("a"),
            fact("b", origin=OriginClass.LIVE, target="pan"),
            fact("c", family="canary"),
        ],
        [],
    )
    assert counts.families["tracking"] == Tally(checked_in=2, live=1, local=1, ids=("a", "b"))
    assert counts.families["canary"] == Tally(checked_in=1, live=0, local=1, ids=("c",))
    assert counts.targets["pan"]["tracking"] == Tally(checked_in=1, live=1, local=0, ids=("b",))
    assert counts.targets["pot"]["canary"].checked_in == 1
    assert list(counts.targets) == ["pan", "pot"]
    told = counts.to_dict()
    assert told["records"]["tracking"]["records"] == ["a", "b"]
    assert told["targets"]["pot"]["tracking"] == {
        "checked_in": 1,
        "live": 0,
        "local_or_synthetic": 1,
    }


def test_a_release_is_tracked_once_and_live_only_if_all_of_its_records_are() -> None:
    live = OriginClass.LIVE
    mixed = [fact("a", origin=live), fact("b")]
    whole = [fact("c", origin=live, set="T"), fact("d", origin=live, set="T")]
    assert count(2, [*mixed, *whole], []).tracked_releases == Tally(
        checked_in=2, live=1, local=1, ids=("a", "b", "c", "d")
    )


def test_provenance_and_approvals_count_the_releases_whose_records_say_so() -> None:
    facts = [
        fact("a", provenance=True),
        fact("b", set="T"),
        fact("c", family="approval_authority", approved=True),
        fact("d", family="approval_authority", set="T"),
        fact("e", family="approval_authority", set="U", approved=True, origin=OriginClass.LIVE),
    ]
    counts = count(3, facts, [])
    assert counts.signed_provenance == Tally(checked_in=1, local=1, ids=("a",))
    assert counts.production_approvals == Tally(checked_in=2, live=1, local=1, ids=("c", "e"))


def test_a_record_that_stands_twice_counts_once_and_is_found() -> None:
    earlier = AdoptedFinding("adopted.changed", "w", "x", "y")
    counts = count(1, [fact("a"), fact("a", origin=OriginClass.LIVE)], [earlier])
    assert counts.families["tracking"] == Tally(checked_in=1, local=1, ids=("a",))
    assert [finding.id for finding in counts.findings] == ["adopted.changed", "adopted.twice"]
    assert counts.to_dict()["findings"][0] == {
        "id": "adopted.changed",
        "what": "w",
        "where": "x",
        "command": "y",
    }


def test_what_was_remembered_is_no_part_of_what_is_told() -> None:
    cold, warm = count(1, [fact()], [], verified=1), count(1, [fact()], [], remembered=1)
    assert cold == warm
    assert cold.to_dict() == warm.to_dict()


@pytest.mark.parametrize("field", ["set", "run", "version", "target", "family", "phase"])
def test_a_record_of_something_else_is_told_with_both_values(field: str) -> None:
    assert fact().differences(ENTRY, "tracking", "pre-deploy") == []
    (words,) = fact(**{field: "other"}).differences(ENTRY, "tracking", "pre-deploy")
    assert "is other, the ledger has" in words


def test_so_many_records_that_nobody_looks_at_each_are_counted_and_not_named() -> None:
    facts = [fact(str(number)) for number in range(NAMED + 1)]
    some, many = count(1, facts[1:], []).to_dict(), count(1, facts, []).to_dict()
    assert len(some["records"]["tracking"]["records"]) == NAMED
    assert many["records"]["tracking"] == {
        "checked_in": NAMED + 1,
        "live": 0,
        "local_or_synthetic": NAMED + 1,
    }
