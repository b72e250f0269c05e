"""Where a stage stands: counted and uncounted retries, failures, stages that open again."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.journal import Entry, Journal, Status
from pipeline.core.position import StagePosition, StageState, position

CONTEXT = Digest.of(b"run.json")
NOW = "2026-06-01T12:00:00Z"


def history(*told: str) -> Journal:
    """Write a history in words: `begin boil 1`, `pass`, `fail`, `retry`, `counted`, `abandoned`."""
    entries: list[Entry] = []
    for words in told:
        status, *which = words.split()
        before = entries[-1] if entries else None
        fields: dict[str, Any] = {
            "step_id": "/".join(which) or (before.step_id if before else ""),
            "inputs": {} if before else {"context": str(CONTEXT)},
            "outputs": {},
            "completed_at": NOW,
        }
        if status == "begin":
            fields["completed_at"] = None
        elif status == "abandoned":
            fields["step_id"] = "abandoned/1"
        elif before:
            fields["inputs"] = {"begin": before.entry_hash}
            result = str(Digest.of(before.entry_hash.encode()))
            fields["outputs"] = {"stage_result": result, "counted": status == "counted"}
        entries.append(
            Entry.make(
                **fields,
                name=fields["step_id"].rpartition("/")[0],
                status=Status("retry" if status == "counted" else status),
                started_at=NOW,
                prev_hash=before.entry_hash if before else None,
            )
        )
    journal = Journal(tuple(entries))
    assert Journal.parse(journal.to_bytes(), context=CONTEXT) == journal  # histories that can be
    return journal


def at(*told: str, stage: str = "boil") -> StagePosition:
    return position(history(*told), stage)


def test_a_stage_that_nobody_began_waits_for_its_first_attempt() -> None:
    for here in (at(), at("begin water 1", "pass")):
        assert (here.state, here.attempt, here.failures) == (StageState.NOT_BEGUN, 0, 0)
        assert (here.begin, here.end, here.result, here.next_attempt) == (None, None, None, 1)


def test_a_begin_without_end_is_an_open_attempt() -> None:
    here = at("begin boil 1")
    assert (here.state, here.attempt, here.end) == (StageState.OPEN, 1, None)


def test_a_pass_names_its_stage_result() -> None:
    journal = history("begin boil 1", "pass")
    here = position(journal, "boil")
    assert here.state is StageState.PASSED
    assert (here.begin, here.end) == journal.entries
    assert here.result == str(Digest.of(journal.entries[0].entry_hash.encode()))


@pytest.mark.parametrize(
    ("told", "state", "failures", "upcoming"),
    [
        # a counted retry is a failure, and the next attempt has the next number
        (("begin boil 1", "counted"), StageState.RETRY, 1, 2),
        (("begin boil 1", "counted", "begin boil 2", "counted"), StageState.RETRY, 2, 3),
        # an outage, Ctrl-C or a full disk costs nothing, and its number is used again
        (("begin boil 1", "retry"), StageState.RETRY, 0, 1),
        (("begin boil 1", "retry", "begin boil 1", "retry"), StageState.RETRY, 0, 1),
        # an outage after a failure does not forget the failure
        (("begin boil 1", "counted", "begin boil 2", "retry"), StageState.RETRY, 1, 2),
        (("begin boil 1", "retry", "begin boil 1", "counted"), StageState.RETRY, 1, 2),
        # a final failure
        (("begin boil 1", "fail"), StageState.FAILED, 0, 2),
        (("begin boil 1", "counted", "begin boil 2", "fail"), StageState.FAILED, 1, 3),
        # a pass forgives
        (("begin boil 1", "counted", "begin boil 2", "pass"), StageState.PASSED, 0, 3),
        # an approval that became void opens again, as a new attempt, with all its retries
        (
            ("begin boil 1", "counted", "begin boil 2", "pass", "begin boil 3"),
            StageState.OPEN,
            0,
            4,
        ),
        (
            ("begin boil 1", "pass", "begin boil 2", "counted"),
            StageState.RETRY,
            1,
            3,
        ),
        (("begin boil 1", "pass", "begin boil 2", "retry"), StageState.RETRY, 0, 2),
        (("begin boil 1", "pass", "begin boil 2", "fail"), StageState.FAILED, 0, 3),
    ],
)
def test_attempts_are_counted(
    told: tuple[str, ...], state: StageState, failures: int, upcoming: int
) -> None:
    here = at(*told)
    assert (here.state, here.failures, here.next_attempt) == (state, failures, upcoming)


def test_a_stage_that_opened_again_has_no_end_and_no_result() -> None:
    here = at("begin boil 1", "pass", "begin boil 2")
    assert (here.end, here.result, here.attempt) == (None, None, 2)


def test_other_stages_do_not_count() -> None:
    told = ("begin boil 1", "counted", "begin water 1", "fail", "begin boil 2", "pass")
    assert at(*told).state is StageState.PASSED
    assert at(*told, stage="water").state is StageState.FAILED
    assert at(*told, stage="boi").state is StageState.NOT_BEGUN


def test_giving_a_release_up_leaves_its_stages_as_they_were() -> None:
    assert at("begin boil 1", "fail", "abandoned").state is StageState.FAILED
    assert at("begin boil 1", "abandoned").state is StageState.OPEN


def test_a_result_that_is_no_text_is_none() -> None:
    begin = history("begin boil 1").entries[0]
    end = Entry.make(
        step_id="boil/1",
        name="boil",
        status=Status.PASS,
        started_at=NOW,
        completed_at=NOW,
        inputs={"begin": begin.entry_hash},
        outputs={"stage_result": ["sha256:x"]},
        prev_hash=begin.entry_hash,
    )
    assert position(Journal((begin, end)), "boil").result is None
