"""The journal: valid histories are read; what was cut, changed or moved is found."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.core.canonical import MalformedError
from pipeline.core.journal import Journal, Status
from tests.core.histories import CONTEXT, Scribe, histories, moment, refused, story


@given(histories())
def test_every_valid_history_is_read_as_it_was_written(scribe: Scribe) -> None:
    journal = scribe.parse()
    assert journal.entries == tuple(scribe.entries)
    assert journal.to_bytes() == scribe.data
    assert journal.head == (scribe.entries[-1].entry_hash if scribe.entries else None)


@given(histories(), st.data())
def test_a_write_that_a_kill_cut_short_is_dropped_alone(
    scribe: Scribe, data: st.DataObject
) -> None:
    whole = scribe.data
    cut = data.draw(st.integers(0, len(whole)))
    kept = whole[:cut].count(b"\n")
    journal = Journal.parse(whole[:cut], context=CONTEXT)
    assert journal.entries == tuple(scribe.entries[:kept])


@given(histories(), st.data())
def test_any_one_changed_byte_is_found(scribe: Scribe, data: st.DataObject) -> None:
    whole = scribe.data
    assume(whole)
    at = data.draw(st.integers(0, len(whole) - 2))  # the last newline's loss is a cut, not a change
    other = data.draw(st.integers(1, 255))
    spoilt = whole[:at] + bytes([whole[at] ^ other]) + whole[at + 1 :]
    with pytest.raises(MalformedError):
        Journal.parse(spoilt, context=CONTEXT)


@given(histories(), st.data())
def test_lines_reordered_removed_or_doubled_are_found(scribe: Scribe, data: st.DataObject) -> None:
    lines = [entry.to_line() for entry in scribe.entries]
    assume(lines)
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = {
        "removed": lines[:at] + lines[at + 1 :] if at < len(lines) - 1 else None,
        "doubled": [*lines[: at + 1], lines[at], *lines[at + 1 :]],
        "moved to the front": [lines[at], *lines[:at], *lines[at + 1 :]] if at else None,
        "reversed": lines[::-1] if len(lines) > 1 else None,
    }
    for other in changed.values():
        if other is not None:
            spoilt = b"".join(line + b"\n" for line in other)
            with pytest.raises(MalformedError, match=r"rule [1-6]:"):
                Journal.parse(spoilt, context=CONTEXT)


def test_a_terminated_last_line_that_is_broken_is_refused() -> None:
    data = story().data
    for broken in (data[:-2] + b"\n", data[:-20] + b"\n", data + b"\n", data + b"{}\n"):
        with pytest.raises(MalformedError, match=r"^journal line \d+: rule 1:"):
            Journal.parse(broken, context=CONTEXT)


def test_an_unterminated_line_that_is_whole_is_dropped_too() -> None:
    assert len(Journal.parse(story().data[:-1], context=CONTEXT).entries) == 5
    assert Journal.parse(b"", context=CONTEXT) == Journal()


def test_an_unterminated_line_in_the_middle_is_not_forgiven() -> None:
    lines = story().data.split(b"\n")
    refused(lines[0] + b"\n" + lines[1] + lines[2] + b"\n", 1, 2)


def test_an_open_attempt_is_the_last_entry_alone() -> None:
    scribe = story()
    assert scribe.parse().open_begin is None
    begin = scribe.write(Status.BEGIN, "pour/1", started_at=moment(9))
    assert scribe.parse().open_begin == begin
    assert Journal().open_begin is None
    assert Journal().abandoned is None
    assert Journal().head is None


def test_a_journal_is_asked_for_a_stage_and_for_an_earlier_state() -> None:
    scribe = story()
    journal = scribe.parse()
    assert [entry.step_id for entry in journal.of("water")] == ["water/1"] * 2 + ["water/2"] * 2
    assert [entry.attempt for entry in journal.of("boil")] == [1, 1]
    assert journal.of("wat") == ()
    assert journal.upto(4).head == scribe.entries[3].entry_hash
    assert journal.upto(0) == Journal()


def test_an_entry_is_of_the_time_at_which_it_was_written() -> None:
    end = story().entries[-1]
    assert (story().entries[0].at, end.at) == (story().entries[0].started_at, end.completed_at)
