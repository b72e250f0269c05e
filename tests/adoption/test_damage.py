"""What lies in `releases/`: whatever is changed there, verification finds it (11)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.core.ledger import Ledger
from tests.adoption import shelf
from tests.adoption.spoiling import flip, swap
from tests.core.ledger.adopting import rechained, written
from tests.tasks.calling import call

if TYPE_CHECKING:
    from collections.abc import Callable


def test_what_was_adopted_is_intact(both: Path) -> None:
    found = shelf.verified(both)
    assert (found["entries"], [one["id"] for one in found["releases"]]) == (
        2,
        ["adoption-1", "adoption-2"],
    )


def test_every_file_counts(both: Path) -> None:
    """Each file is changed, emptied, taken away; the ones of the ledger's newest release too."""
    folder = shelf.set_of(both, shelf.SECOND)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 90
    for turn, path in enumerate(files):
        data = path.read_bytes()
        if turn % 3 == 0 and data:
            flip(path)
        elif turn % 3 == 1:
            path.write_bytes(data + b"\n")
        else:
            path.unlink()
        assert shelf.distrusted(both), path
        path.write_bytes(data)
    assert shelf.verified(both)


def test_what_was_added_is_found(both: Path) -> None:
    folder = shelf.set_of(both, shelf.FIRST)
    for place in ("more.txt", "keys/more.pem", "adoption/more.json", "pre-deploy/more.txt"):
        (folder / place).write_text("more")
        assert shelf.distrusted(both), place
        (folder / place).unlink()
    for place in ("more", "keys/more", "post-deploy/more"):
        (folder / place).mkdir()
        assert shelf.distrusted(both), place
        (folder / place).rmdir()
    assert shelf.verified(both)


def test_links_are_no_files(both: Path, tmp_path: Path) -> None:
    for place in ("review.json", "objects.json", "pre-deploy/run.json"):
        path = shelf.set_of(both, shelf.FIRST) / place
        away = tmp_path / "away"
        path.rename(away)
        path.symlink_to(away)
        assert shelf.distrusted(both), place
        path.unlink()
        away.rename(path)
    folder = shelf.set_of(both, shelf.FIRST)
    folder.rename(tmp_path / "set")
    folder.symlink_to(tmp_path / "set")
    assert "symbolic link" in shelf.distrusted(both)


@pytest.mark.parametrize("version", [shelf.FIRST, shelf.SECOND])
def test_a_release_that_was_taken_away_is_found(both: Path, version: str) -> None:
    shutil.rmtree(shelf.set_of(both, version))
    assert "orphan" in shelf.distrusted(both)


def test_a_ledger_that_was_taken_away_leaves_orphans(both: Path) -> None:
    (both / "releases" / "ledger.json").unlink()
    assert "the ledger has no entry" in shelf.distrusted(both)


def test_the_newest_entry_cannot_be_cut_off(both: Path) -> None:
    ledger = both / "releases" / "ledger.json"
    entries = Ledger.parse(ledger.read_bytes()).entries
    ledger.write_bytes(Ledger(entries[:1]).render())
    assert "orphan" in shelf.distrusted(both)


def test_an_older_release_cannot_be_taken_out_with_its_entry(both: Path) -> None:
    ledger = both / "releases" / "ledger.json"
    entries = [entry.to_dict() for entry in Ledger.parse(ledger.read_bytes()).entries]
    shutil.rmtree(shelf.set_of(both, shelf.FIRST))
    ledger.write_bytes(written(entries[1:]))
    assert "rule 3" in shelf.distrusted(both)
    ledger.write_bytes(written(rechained([{**entries[1], "id": "adoption-1"}])))
    assert "rule 4" in shelf.distrusted(both)


def test_a_release_under_another_name_is_found(both: Path) -> None:
    folder = shelf.set_of(both, shelf.FIRST)
    folder.rename(folder.with_name(folder.name.replace("1.0", "1.9")))
    assert "orphan" in shelf.distrusted(both)


def test_two_releases_in_each_other_s_place_are_found(both: Path) -> None:
    first, second = (shelf.set_of(both, name) for name in (shelf.FIRST, shelf.SECOND))
    away = both / "away"
    first.rename(away)
    second.rename(first)
    away.rename(second)
    assert "objects.json is not the one" in shelf.distrusted(both)


@pytest.mark.parametrize("what", ["objects.json", "review.json", "reverse.json"])
def test_a_file_of_another_release_is_found(both: Path, what: str) -> None:
    swap(shelf.set_of(both, shelf.FIRST) / what, shelf.set_of(both, shelf.SECOND) / what)
    assert shelf.distrusted(both)


def test_a_folder_that_only_looks_like_a_release_is_an_orphan(both: Path) -> None:
    for name in ("home__kitchen__9.9__0123456789abcdef", "plain"):
        folder = both / "releases" / name
        (folder / "pre-deploy").mkdir(parents=True)
        assert "orphan" in shelf.distrusted(both)
        shutil.rmtree(folder)
    (both / "releases" / "v1").mkdir()
    (both / "releases" / "v1" / "SNAPSHOT.md").write_text("a snapshot")
    assert shelf.verified(both)


def folder_for(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / "releases" / "ledger.json").write_bytes(b""),
        lambda root: (root / "releases" / "ledger.json").write_bytes(b"\xff"),
        lambda root: folder_for(root / "releases" / "ledger.json"),
        lambda root: (shelf.set_of(root, "1.0") / "objects.json").write_bytes(b"{}"),
        lambda root: (shelf.set_of(root, "1.0") / "objects.json").unlink(),
        lambda root: flip(shelf.set_of(root, "1.0") / "review.json"),
    ],
    ids=range(6),
)
def test_damage_is_three_lines_and_exit_11(both: Path, spoil: Callable[[Path], object]) -> None:
    spoil(both)
    called = call(both, "verify", "--evidence", "releases")
    assert called.code == 11
    assert called.three_lines()
