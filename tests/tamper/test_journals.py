"""Attacks on the journal: by whoever can write to the store, and has no key.

`sealed` keeps the signed heads: what was sealed cannot be rewritten. The others take the heads and
the folders away first, so that nothing but the entries and what they name speaks against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import ConflictError, UntrustedError
from tests.climbing import project
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Entries = list[dict[str, Any]]
COUNT = 12
"""Entries of the release's journal: water twice, boil, nod, pour, taste; begin and end of each."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    damage.remember_git(monkeypatch)


def both_refuse(root: Path, *reasons: str) -> None:
    """Verify and promote refuse for one of the reasons, and change nothing."""
    before = damage.state(root)
    for check in (damage.check, release.climb):
        said = refused(check, root)
        assert any(reason in said for reason in reasons), said
    assert damage.state(root) == before


def lines(root: Path) -> list[bytes]:
    return forge.journal(root).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("at", range(COUNT - 1))
def test_two_entries_in_another_order_break_the_chain(finished: Path, at: int) -> None:
    kept = lines(finished)
    kept[at], kept[at + 1] = kept[at + 1], kept[at]
    forge.journal(finished).write_bytes(b"".join(kept))
    both_refuse(finished, f"journal line {at + 1}: rule 3")


def test_an_entry_that_is_taken_out_breaks_the_chain(finished: Path) -> None:
    kept = lines(finished)
    for at in range(COUNT - 1):
        forge.journal(finished).write_bytes(b"".join(kept[:at] + kept[at + 1 :]))
        assert f"journal line {at + 1}: rule 3" in refused(damage.check, finished)
    both_refuse(finished, f"journal line {COUNT - 1}: rule 3")


def test_a_journal_cut_behind_its_last_signed_head_is_refused_wherever_it_is_cut(
    finished: Path,
) -> None:
    kept = lines(finished)
    for count in range(COUNT):
        forge.journal(finished).write_bytes(b"".join(kept[:count]))
        assert "was signed: it was cut" in refused(damage.check, finished)
    both_refuse(finished, "was signed: it was cut")
    forge.journal(finished).unlink()
    both_refuse(finished, "the journal has 0 entries")


def test_a_chain_made_anew_is_not_the_one_that_was_signed(finished: Path) -> None:
    items = forge.entries(finished)
    items[0]["started_at"] = "2020-01-01T00:00:00Z"
    forge.write_journal(finished, items)
    both_refuse(finished, "of the journal is not the one that was signed")


@pytest.mark.parametrize("count", [9, 11])
def test_what_is_cut_after_the_last_signed_head_is_done_again(finished: Path, count: int) -> None:
    forge.unseal(finished, count)
    forge.cut(finished, count)
    missing = {9: ("pour", "taste"), 11: ("taste",)}[count]
    assert release.climb(finished).did == missing
    damage.check(finished)


def test_an_unterminated_last_line_is_a_write_that_a_kill_cut_short(finished: Path) -> None:
    with forge.journal(finished).open("ab") as file:
        file.write(b'{"completed_at":null,"entry_hash":"sha256:')
    assert release.climb(finished).did == ()
    damage.check(finished)


def test_a_longer_journal_cut_within_its_last_signed_entry_is_refused(finished: Path) -> None:
    data = forge.journal(finished).read_bytes()
    forge.journal(finished).write_bytes(data[:-1])
    both_refuse(finished, "was signed: it was cut")


# ---------------------------------------------------------------- entries with a chain that holds


def _flip(status: str) -> Callable[[Path, Entries], None]:
    def flip(_: Path, items: Entries) -> None:
        items[-1]["status"] = status
        if status == "retry":
            items[-1]["outputs"]["counted"] = True

    return flip


def _result_of(index: int) -> Callable[[Path, Entries], None]:
    def take(_: Path, items: Entries) -> None:
        items[-1]["outputs"]["stage_result"] = items[index]["outputs"]["stage_result"]

    return take


def _statement(root: Path, items: Entries) -> None:
    result = forge.payload(forge.get(root, items[5]["outputs"]["stage_result"]))
    items[-1]["outputs"]["stage_result"] = result["predicate"]["statements"][0]["digest"]


def _nothing(_: Path, items: Entries) -> None:
    items[-1]["outputs"] = {"reason": "it is fine"}


def _nowhere(_: Path, items: Entries) -> None:
    items[-1]["outputs"]["stage_result"] = f"sha256:{'0' * 64}"


def _no_digest(_: Path, items: Entries) -> None:
    items[-1]["outputs"]["stage_result"] = "md5:0"


def _strange(root: Path, items: Entries) -> None:
    bundle = forge.get(root, items[-1]["outputs"]["stage_result"])
    items[-1]["outputs"]["stage_result"] = forge.put(root, forge.resigned(bundle, forge.STRANGER))


def _skip(_: Path, items: Entries) -> None:
    del items[4:6]


def _another_stage(_: Path, items: Entries) -> None:
    for item in items[-2:]:
        item["name"], item["step_id"] = "taste", "taste/1"


def _unknown_stage(_: Path, items: Entries) -> None:
    for item in items[-2:]:
        item["name"], item["step_id"] = "stir", "stir/1"


def _of_begin(name: str, value: object) -> Callable[[Path, Entries], None]:
    def change(_: Path, items: Entries) -> None:
        items[-2]["inputs"][name] = value

    return change


def _later(root: Path, items: Entries) -> None:
    """Take the newest result in the store that is no longer in the journal."""
    named = [item["outputs"].get("stage_result") for item in items]
    for path in sorted((release.store(root) / "objects").iterdir()):
        data = path.read_bytes()
        if b"dsseEnvelope" in data and f"sha256:{path.name}" not in named:
            said = forge.payload(data)["predicate"]
            if said.get("stage") == "taste" and "attempt" in said:
                items[-1]["outputs"]["stage_result"] = f"sha256:{path.name}"


ZERO = f"sha256:{'0' * 64}"
FORGED: dict[str, tuple[int, Callable[[Path, Entries], None], str]] = {
    "a failure that became a pass": (2, _flip("pass"), "the journal and the stage result disagree"),
    "a pass that became a failure": (6, _flip("fail"), "the journal and the stage result disagree"),
    "a pass that became a retry": (6, _flip("retry"), "the journal and the stage result disagree"),
    "a pass without a result": (6, _nothing, "an end that counts names its stage result"),
    "a result that is nowhere": (6, _nowhere, "is not in the store"),
    "a result that is no digest": (6, _no_digest, "not a digest of the form"),
    "another stage's result": (6, _result_of(3), "the stage result is another's"),
    "an earlier attempt's result": (4, _result_of(1), "the stage result is another's"),
    "a later stage's result": (6, _later, "the stage result is another's"),
    "a statement for a result": (6, _statement, "another statement stands for a stage result"),
    "a result signed by a stranger": (6, _strange, "unknown_key"),
    "a stage that was skipped": (8, _skip, "the stage result is another's"),
    "another stage's name": (6, _another_stage, "the decision is another's"),
    "a stage that is in no ladder": (6, _unknown_stage, "the decision is another's"),
    "another context": (6, _of_begin("context", ZERO), "a begin of another context"),
    "another key": (6, _of_begin("key", ZERO), "a key that is not this attempt's"),
    "another decision": (6, _of_begin("decision", ZERO), "is not in the store"),
    "no decision": (6, _of_begin("decision", 5), "a begin says"),
    "imports": (6, _of_begin("imports", [ZERO]), "is not in the store"),
    "imports of no kind": (6, _of_begin("imports", 7), "a begin says"),
    "artifacts of no kind": (6, _of_begin("artifacts", {"a": 1}), "are named by digests"),
    "a live state of no kind": (6, _of_begin("live", {"empty": 1}), "LiveState"),
    "more than a begin says": (6, _of_begin("more", 1), "and nothing else"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_entry_with_a_chain_that_holds_is_refused(finished: Path, forged: str) -> None:
    count, change, reason = FORGED[forged]
    forge.unseal(finished, min(count - 2, 4))
    items = forge.entries(finished)[:count]
    change(finished, items)
    forge.write_journal(finished, items)
    both_refuse(finished, reason)


@pytest.mark.parametrize("at", ["2020-13-01", "now", 7, None, "2020-01-01T00:00:00+00:00"])
def test_times_of_another_form_are_refused(finished: Path, at: object) -> None:
    forge.unseal(finished, 0)
    items = forge.entries(finished)[:2]
    items[1]["completed_at"] = at
    forge.write_journal(finished, items)
    both_refuse(finished, "journal line 2: rule")


def test_an_entry_dated_in_the_future_is_refused(finished: Path) -> None:
    forge.unseal(finished, 12)
    now = "2999-01-01T00:00:00Z"
    stages = [item for item in forge.entries(finished) if item["status"] == "begin"]
    begin = {**stages[-1], "started_at": now}
    items = [*forge.entries(finished)[:-2], begin]
    forge.unseal(finished, 10)
    forge.write_journal(finished, items)
    both_refuse(finished, "clock is behind")


@pytest.mark.parametrize(
    "changed",
    [
        {"step_id": "water", "name": ""},
        {"step_id": "abandoned/2", "name": "abandoned"},
        {"outputs": {"stage_result": ZERO}},
        {"inputs": {"reason": "no", "context": ZERO}},
    ],
)
def test_giving_up_is_told_in_one_form(finished: Path, changed: dict[str, Any]) -> None:
    items = forge.entries(finished)
    context = items[0]["inputs"]["context"]
    given_up = {
        "step_id": "abandoned/1",
        "name": "abandoned",
        "status": "abandoned",
        "started_at": items[-1]["completed_at"],
        "completed_at": items[-1]["completed_at"],
        "inputs": {"reason": "no", "context": context},
        "outputs": {},
    }
    forge.write_journal(finished, [*items, given_up | changed])
    both_refuse(finished, "an abandoned release says why", "rule 1")
    forge.write_journal(finished, [*items, given_up])
    with pytest.raises(ConflictError):
        release.climb(finished)


def test_an_outcome_of_another_attempt_is_refused(finished: Path) -> None:
    """Both attempts of water left the same files: only what they said of themselves differs."""
    begins = [item["entry_hash"] for item in forge.entries(finished)[:4:2]]
    names = release.store(finished) / "names"
    first, second = (next(names.glob(f"outcomes*{b.removeprefix('sha256:')}")) for b in begins)
    text = second.read_bytes()
    first.chmod(0o644)
    first.write_bytes(text)
    both_refuse(finished, "an outcome of another attempt")


def test_the_command_line_refuses_a_cut_journal(finished: Path) -> None:
    forge.cut(finished, 10)
    before = damage.state(finished)
    for words in (("verify",), ("promote",), ("journal.verify",)):
        done = project.invoke(finished, *words, "--release", "1.0")
        assert done.returncode == UntrustedError.exit_code, (words, done.stderr)
        assert "it was cut" in done.stderr
    assert damage.state(finished) == before
