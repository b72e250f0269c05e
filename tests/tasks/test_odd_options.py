"""Options that are empty, ignored or unshowable: refused before anything is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.climbing import project
from tests.tasks.calling import call, photograph

EMPTY = [
    ("verify", "--evidence", ""),
    ("verify", "--ladder", ""),
    ("verify", "--evidence", ".", "--key", ""),
    ("adopt", "--from", ""),
    ("adopt", "--revert", ""),
    ("adopt", "--review", "x", "--adopter", "", "--reference", "y"),
    ("reproduce", "--stage", "heat", "--evidence", ""),
    ("reproduce", "--stage", "heat", "--key", ""),
    ("reproduce", "--stage", ""),
    ("compare", "--left", "", "--right", "."),
    ("hold", "--target", "", "--reason", "x"),
    ("hold", "--lift", "--reason", ""),
    ("why", "--stage", "heat", "--release", ""),
    ("why", "--replay", ""),
    ("promote", "--release", ""),
    ("promote", "--stage", ""),
    ("promote", "--ladder", ""),
    ("promote", "--dry-run", "--stage="),
    ("plan", "--stage", ""),
    ("status", "--release", ""),
    ("posture", "--release", ""),
    ("check", "--schema", ""),
    ("canary.judge", "--rule", "", "--samples", "x"),
]


@pytest.mark.parametrize("words", EMPTY, ids=" ".join)
def test_an_option_that_was_given_empty_is_not_one_that_was_not_given(
    fresh: Path, words: tuple[str, ...]
) -> None:
    before = photograph(fresh)
    done = call(fresh, *words)
    assert done.code == 1, done
    empty = next(
        word.partition("=")[0]
        for word, after in zip(words, (*words[1:], None), strict=True)
        if word.startswith("--") and (after == "" or word.endswith("="))
    )
    assert done.three_lines()[0] == f"{empty} is needed"
    assert photograph(fresh) == before


IGNORED = [
    (("verify", "--evidence", ".", "--ladder", "nonsense"), "--evidence", "--ladder"),
    (("verify", "--evidence", ".", "--release", "999"), "--evidence", "--release"),
    (("why", "--replay", "x", "--stage", "nonsense"), "--replay", "--stage"),
    (("why", "--replay", "x", "--release", "999"), "--replay", "--release"),
]


@pytest.mark.parametrize(("words", "one", "other"), IGNORED)
def test_an_option_that_would_be_ignored_is_wrong_usage(
    fresh: Path, words: tuple[str, ...], one: str, other: str
) -> None:
    done = call(fresh, *words)
    assert done.code == 1, done
    assert done.three_lines()[0] == f"{one} does not go with {other}"


TEXTS = [
    (("hold", "--reason"), "--reason"),
    (("hold", "--lift", "--reason"), "--reason"),
    (("abandon", "--reason"), "--reason"),
    (("approve", "--stage", "heat", "--reason"), "--reason"),
    (("adopt", "--review", "x", "--reference", "y", "--adopter"), "--adopter"),
    (("adopt", "--review", "x", "--adopter", "y", "--reference"), "--reference"),
    (("status", "--release"), "--release"),
]
ODD = {"U+009B": "a\x9b31m", "U+202E": "a\u202eb", "U+DCFF": "a\udcff", "U+001B": "\x1b[2J"}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(("words", "option"), TEXTS, ids=[" ".join(words) for words, _ in TEXTS])
def test_text_that_cannot_be_shown_safely_is_wrong_usage(
    fresh: Path, words: tuple[str, ...], option: str, odd: str
) -> None:
    before = photograph(fresh)
    done = call(fresh, *words, ODD[odd])
    assert done.code == 1, done
    what = done.three_lines()[0]
    assert what == f"{option} contains the character {odd}, which cannot be shown safely"
    assert photograph(fresh) == before


def test_a_reason_in_another_script_and_on_two_lines_is_taken(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    done = call(
        root, "hold", "--target", "pot", "--dry-run", "--json", "--reason", "Schluß: 停止\nوقف"
    )
    assert (done.code, done.document["reason"]) == (0, "Schluß: 停止\nوقف")


@pytest.mark.parametrize("there", [True, False], ids=["an empty releases/", "no releases/"])
def test_releases_without_a_ledger_prove_nothing(tmp_path: Path, *, there: bool) -> None:
    root = project.make(tmp_path / "tea")
    if there:
        (root / "releases").mkdir()
    done = call(root, "verify", "--evidence", "releases")
    assert done.code == 11, done
    assert done.three_lines()[0] == "there is no ledger here, so nothing is proven"


def test_a_ledger_without_an_entry_is_intact(tmp_path: Path) -> None:
    from pipeline.core.ledger import Ledger

    root = project.make(tmp_path / "tea")
    (root / "releases").mkdir()
    (root / "releases" / "ledger.json").write_bytes(Ledger().render())
    done = call(root, "verify", "--evidence", "releases")
    assert done.code == 0, done
    assert "the ledger is intact: 0 adopted" in done.out
