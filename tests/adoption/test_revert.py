"""Undoing an adoption: byte for byte, the newest alone, and only what was adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.core.ledger import Ledger
from pipeline.errors import ConflictError, UntrustedError
from pipeline.flows import adopt as flow
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.adoption.spoiling import flip
from tests.tasks.calling import call, photograph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_reverting_restores_every_byte(root: Path) -> None:
    before = shelf.releases(root)
    done = shelf.adopted(root, shelf.SECOND)
    assert shelf.releases(root) != before
    shelf.reverted(root, done.id)
    assert shelf.releases(root) == before
    assert shelf.aside(root) == []
    assert shelf.verified(root)["entries"] == 1


def test_reverting_the_first_adoption_leaves_nothing_of_it(fresh: Path) -> None:
    assert not (fresh / "releases").exists()
    done = shelf.adopted(fresh, shelf.FIRST)
    shelf.reverted(fresh, done.set)
    assert not (fresh / "releases").exists()


def test_what_lay_there_besides_stays(root: Path) -> None:
    shelf.reverted(root, "adoption-1")
    assert sorted(shelf.releases(root)) == [
        *("releases/README.md", "releases/v0", "releases/v0/SNAPSHOT.md"),
    ]


def test_a_ledger_without_entries_is_brought_back_as_that(fresh: Path) -> None:
    (fresh / "releases").mkdir()
    (fresh / "releases" / "ledger.json").write_bytes(Ledger().render())
    before = shelf.releases(fresh)
    shelf.reverted(fresh, shelf.adopted(fresh, shelf.FIRST).id)
    assert shelf.releases(fresh) == before


def test_what_was_reverted_can_be_adopted_again_by_the_same_contract(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    first = shelf.applied(root, file)
    shelf.reverted(root, first.id)
    again = shelf.applied(root, file)
    assert (again.id, again.first, again.last) == (first.id, first.first, first.last)
    assert shelf.verified(root)["entries"] == 2


def test_any_order_of_adopting_and_reverting_comes_back(fresh: Path) -> None:
    states = [shelf.releases(fresh)]
    for version in (shelf.SECOND, shelf.FIRST):
        shelf.adopted(fresh, version)
        states.append(shelf.releases(fresh))
    for name in ("adoption-2", "adoption-1"):
        assert shelf.releases(fresh) == states.pop()
        shelf.reverted(fresh, name)
    assert shelf.releases(fresh) == states.pop()


def test_only_the_newest_is_reverted_and_the_error_says_which_comes_first(root: Path) -> None:
    shelf.adopted(root, shelf.SECOND)
    before = photograph(root)
    name = shelf.set_of(root, shelf.FIRST).name
    for given in ("adoption-1", name):
        called = call(root, "adopt", "--revert", given)
        assert called.code == 14
        assert "invoke adopt --revert adoption-2" in called.three_lines()[2]
    assert photograph(root) == before


@pytest.mark.parametrize("name", ["adoption-9", "nothing", "releases", "../x"])
def test_what_was_never_adopted_is_not_reverted(root: Path, name: str) -> None:
    before = photograph(root)
    with pytest.raises(ConflictError, match="nothing is adopted"):
        shelf.reverted(root, name)
    assert photograph(root) == before


def test_a_dry_run_says_and_does_nothing(root: Path) -> None:
    before = photograph(root)
    called = call(root, "adopt", "--revert", "adoption-1", "--dry-run", "--json")
    assert (called.code, called.document["dry_run"]) == (0, True)
    assert "would be undone" in called.err
    assert photograph(root) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: flip(folder / "pre-deploy" / "run.json"),
        lambda folder: (folder / "note.txt").write_text("mine"),
        lambda folder: (folder / "note").mkdir(),
        lambda folder: (folder / "reverse.json").unlink(),
        lambda folder: flip(folder / "reverse.json"),
        lambda folder: (folder / "review.json").unlink(),
    ],
    ids=range(6),
)
def test_what_is_not_as_it_was_adopted_is_not_removed(
    root: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(shelf.set_of(root, shelf.FIRST))
    before = photograph(root)
    for dry in (True, False):
        with pytest.raises(UntrustedError):
            flow.revert(Workspace.open(root), "adoption-1", dry_run=dry)
    assert photograph(root) == before
