"""What a kill left is settled by whoever looks next; what cannot be settled is left alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.errors import ConflictError, LadderError, UntrustedError
from pipeline.flows.posture import posture
from pipeline.operations.adoption import intent as notes
from pipeline.operations.adoption.settle import settle
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.climbing import project
from tests.tasks.calling import call, photograph


def half(root: Path, *, ledger: bool, what: str = "adopt") -> dict[str, str]:
    """Leave the second release as a kill would, with the ledger replaced or not."""
    workspace = Workspace.open(root)
    file = root / "releases" / "ledger.json"
    before, old = shelf.releases(root), file.read_bytes()
    done = shelf.adopted(root, shelf.SECOND)
    after, new = shelf.releases(root), file.read_bytes()
    digests = (str(Digest.of(old)), str(Digest.of(new)))
    tree = notes.tree_of(root / done.folder)
    word = notes.What(what)
    ledgers = digests if what == "adopt" else (digests[1], digests[0])
    notes.declare(workspace, notes.Intent.of(word, done.set, ledgers, tree))
    file.write_bytes(new if ledger else old)
    return after if ledger else before


@pytest.mark.parametrize("ledger", [True, False], ids=["with ledger", "without"])
@pytest.mark.parametrize("what", ["adopt", "revert"])
def test_the_ledger_says_what_happened(root: Path, what: str, *, ledger: bool) -> None:
    wanted = half(root, ledger=ledger, what=what)
    assert call(root, "verify", "--evidence", "releases").code == 0
    assert shelf.releases(root) == wanted
    assert shelf.aside(root) == []


def test_posture_settles_too(root: Path) -> None:
    committed(root)
    wanted = half(root, ledger=False)
    assert posture(Workspace.open(root))["adopted"]["findings"] == []
    assert shelf.releases(root) == wanted


def test_with_nothing_to_settle_nothing_is_written(root: Path) -> None:
    shutil.rmtree(root / "artifacts" / "store")
    before = photograph(root)
    settle(Workspace.open(root))
    assert photograph(root) == before
    assert not (root / "artifacts" / "store").exists()


def test_while_somebody_is_at_work_it_is_not_settled(root: Path) -> None:
    half(root, ledger=False)
    before = shelf.releases(root)
    workspace = Workspace.open(root)
    with workspace.store.lease(notes.LEASE), pytest.raises(ConflictError):
        shelf.verified(root)
    assert shelf.releases(root) == before


def test_a_ledger_that_somebody_else_changed_is_left_alone(root: Path) -> None:
    half(root, ledger=False)
    file = root / "releases" / "ledger.json"
    file.write_bytes(file.read_bytes() + b"\n")
    before = photograph(root)
    assert "neither as before nor as after" in shelf.distrusted(root)
    with pytest.raises(UntrustedError):
        shelf.reverted(root, "adoption-1")
    assert photograph(root) == before


def test_a_folder_that_somebody_changed_in_between_is_not_removed(root: Path) -> None:
    half(root, ledger=False)
    note = shelf.set_of(root, shelf.SECOND) / "note.txt"
    note.write_text("mine")
    assert "was changed while its adoption was cut off" in shelf.distrusted(root)
    assert note.read_text() == "mine"


def test_a_folder_that_is_gone_after_the_ledger_was_replaced_is_told(root: Path) -> None:
    half(root, ledger=True)
    shutil.rmtree(shelf.set_of(root, shelf.SECOND))
    assert "folder is gone" in shelf.distrusted(root)


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b'{"schema":"x"}', b"\xff"])
def test_a_note_that_cannot_be_read_is_told(root: Path, data: bytes) -> None:
    half(root, ledger=False)
    (root / ".release-ladder" / "adoption" / "intent.json").write_bytes(data)
    before = photograph(root)
    assert "cannot be read" in shelf.distrusted(root)
    assert photograph(root) == before


def test_a_link_in_the_place_of_the_note_is_not_followed(root: Path, tmp_path: Path) -> None:
    half(root, ledger=False)
    note = root / ".release-ladder" / "adoption" / "intent.json"
    note.rename(tmp_path / "note")
    note.symlink_to(tmp_path / "note")
    shelf.distrusted(root)
    assert os.path.lexists(note)


def planted(root: Path, what: notes.What, ledgers: tuple[str | None, str | None]) -> None:
    """Plant a note that this pipeline did not write, about the first release."""
    folder = shelf.set_of(root, shelf.FIRST)
    note = notes.Intent.of(what, folder.name, ledgers, notes.tree_of(folder))
    notes.declare(Workspace.open(root), note)


def committed(root: Path) -> None:
    project.git(root, "add", "--force", "releases")
    project.git(root, "commit", "--quiet", "--message=Adopt it")


def now_of(root: Path) -> str:
    return str(Digest.of((root / "releases" / "ledger.json").read_bytes()))


@pytest.mark.parametrize("in_git", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("what", list(notes.What))
def test_a_planted_note_removes_nothing_that_the_ledger_has(
    root: Path, what: notes.What, *, in_git: bool
) -> None:
    if in_git:
        committed(root)
    now = now_of(root)
    planted(root, what, (None, now) if what is notes.What.REVERT else (now, None))
    before = photograph(root)
    assert "which the ledger has" in shelf.distrusted(root)
    (finding,) = [
        one
        for one in posture(Workspace.open(root))["adopted"]["findings"]
        if one["id"] == "adopted.unsettled"
    ]
    assert "which the ledger has" in finding["what"]
    with pytest.raises(UntrustedError, match="which the ledger has"):
        shelf.reverted(root, "adoption-1")
    assert {name: photograph(root)[name] for name in before} == before


def without_its_line(root: Path) -> None:
    """Take the first release out of the ledger, as whoever wants it removed would."""
    file = root / "releases" / "ledger.json"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0], *lines[2:]]))


def test_who_only_looks_removes_no_folder_that_git_has_and_a_person_may(root: Path) -> None:
    committed(root)
    old = now_of(root)
    without_its_line(root)
    planted(root, notes.What.REVERT, (old, now_of(root)))
    before = shelf.releases(root)
    assert "would remove what git has" in shelf.distrusted(root)
    found = posture(Workspace.open(root))["adopted"]["findings"]
    assert "adopted.unsettled" in [one["id"] for one in found]
    assert shelf.releases(root) == before
    with pytest.raises(ConflictError, match="nothing is adopted under the name"):
        shelf.reverted(root, "adoption-1")
    assert not list((root / "releases").glob("home__*"))


def test_where_git_cannot_be_asked_nothing_is_removed_by_looking(root: Path) -> None:
    before = half(root, ledger=False)
    there = shelf.releases(root)
    (root / ".git").rename(root / "git")
    with pytest.raises(LadderError):
        shelf.verified(root)
    assert shelf.releases(root) == there
    (root / "git").rename(root / ".git")
    shelf.verified(root)
    assert shelf.releases(root) == before
