"""Holds in a store that somebody has changed: nothing is promoted, and nothing is lifted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.predicates.hold import subject
from pipeline.core.statement import HOLD, SMOKE, Statement, Subject
from pipeline.edges import clock
from pipeline.errors import HeldError, UntrustedError
from pipeline.proof.keys import SigningKey
from tests.climbing import project
from tests.core.examples import EXAMPLES
from tests.proof import making
from tests.tamper import forge
from tests.tasks.calling import call

WHY = ("--target", "pot", "--reason", "the pot leaks")
LIFT = ("hold", "--target", "pot", "--lift")


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    return project.make(tmp_path / "tea")


@pytest.fixture
def held(tea: Path) -> Path:
    """The project with its first stage climbed, then held, lifted and held again."""
    project.climb(tea, "water")
    for words in (("hold", *WHY), LIFT, ("hold", *WHY)):
        assert call(tea, *words).code == 0
    return tea


def entries(root: Path) -> list[Path]:
    return sorted((root / "artifacts" / "store" / "names").glob("holds%2F*"))


def entry(root: Path, number: int, target: str = "pot") -> Path:
    return root / "artifacts" / "store" / "names" / f"holds%2F{target}%2F{number:06d}"


def write(path: Path, data: bytes) -> None:
    """Replace a file of the store, which is read-only."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def made(root: Path, key: SigningKey, **changes: object) -> bytes:
    """Return an entry that would lift the hold, signed by a key."""
    before = [str(Digest.of(path.read_bytes())) for path in entries(root)]
    fields = {
        "project": "tea",
        "target": "pot",
        "action": "lift",
        "reason": "trust me",
        "actor": "Tea <tea@example.invalid>",
        "at": clock.now(),
        "number": len(before) + 1,
        "previous": before,
    } | changes
    statement = Statement(
        predicate_type=HOLD,
        subjects=(Subject(name="targets/pot", digest=Digest.of(subject("tea", "pot"))),),
        predicate=fields,
    )
    return making.bundle(key, statement.to_bytes())


def refused(root: Path) -> None:
    """See that nothing is promoted, approved or lifted, with three lines and exit code 11."""
    with pytest.raises(UntrustedError):
        project.climb(root, "pour")
    for words in (("promote", "--dry-run"), LIFT, ("why", "--stage", "pour")):
        done = call(root, *words)
        assert done.code == 11, (words, done)
        assert "000" in done.three_lines()[1]


def test_an_entry_by_the_projects_own_key_in_its_place_is_believed(held: Path) -> None:
    """What the forgeries below do wrong is only what they are named after."""
    write(entry(held, 4), made(held, forge.own_key(held)))
    assert project.climb(held, "pour").did == ("boil", "pour")


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "cup"},
        {"project": "coffee"},
        {"number": 3},
        {"number": 5},
        {"previous": []},
        {"at": "2999-01-01T00:00:00Z"},
        {"action": "shrug"},
        {"until": "tomorrow"},
    ],
    ids=str,
)
def test_an_entry_that_says_something_else_than_its_place_is_not_trusted(
    held: Path, changes: dict[str, object]
) -> None:
    write(entry(held, 4), made(held, forge.own_key(held), **changes))
    refused(held)


def test_a_lift_by_a_key_that_nobody_trusts_lifts_nothing(held: Path) -> None:
    write(entry(held, 4), made(held, forge.STRANGER))
    refused(held)


@pytest.mark.parametrize("data", [b"", b"{}", b"lifted"])
def test_an_unsigned_entry_is_not_trusted(held: Path, data: bytes) -> None:
    write(entry(held, 4), data)
    refused(held)


def test_another_statement_by_the_right_key_is_no_lift(held: Path) -> None:
    statement = Statement(
        predicate_type=SMOKE,
        subjects=(Subject(name="x", digest=Digest.of(b"x")),),
        predicate=EXAMPLES[SMOKE],
    )
    write(entry(held, 4), making.bundle(forge.own_key(held), statement.to_bytes()))
    refused(held)


def test_an_earlier_lift_put_on_top_again_lifts_nothing(held: Path) -> None:
    write(entry(held, 4), entry(held, 2).read_bytes())
    refused(held)


def test_the_lift_of_another_target_lifts_nothing_here(held: Path) -> None:
    for number in (1, 2):
        shutil.copy(entry(held, number), entry(held, number, "cup"))
    shutil.copy(entry(held, 2, "cup"), entry(held, 4))
    refused(held)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_entry_is_found(held: Path, number: int) -> None:
    envelope = json.loads(entry(held, number).read_bytes())
    envelope["dsseEnvelope"]["signatures"][0]["sig"] = "AAAA"
    write(entry(held, number), json.dumps(envelope, separators=(",", ":")).encode())
    refused(held)


@pytest.mark.parametrize("number", [1, 2])
def test_a_gap_is_found(held: Path, number: int) -> None:
    entry(held, number).unlink()
    refused(held)


def test_entries_that_were_numbered_anew_are_found(held: Path) -> None:
    entry(held, 1).unlink()
    for number in (2, 3):
        entry(held, number).rename(entry(held, number - 1))
    refused(held)


def test_entries_that_a_decision_has_read_cannot_be_deleted_unseen(held: Path) -> None:
    assert call(held, *LIFT).code == 0
    project.climb(held, "heat")
    entry(held, 4).unlink()
    entry(held, 3).unlink()
    with pytest.raises(UntrustedError, match="that a decision read is gone"):
        project.climb(held, "pour")
    assert call(held, "verify").code == 11


def test_a_hold_over_an_entry_whose_key_no_longer_counts_can_be_lifted(held: Path) -> None:
    """An old key dies; the target must not stay shut for ever, and is not open before a lift."""
    write(entry(held, 4), made(held, forge.STRANGER))
    refused(held)
    assert call(held, "hold", *WHY).code == 0
    with pytest.raises(HeldError):
        project.climb(held, "pour")
    assert call(held, *LIFT).code == 0
    assert project.climb(held, "pour").did == ("boil", "pour")
