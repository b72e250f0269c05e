"""Which lines keep the cover of a review: those that are as they were read, and no others."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import canonical, load_json
from pipeline.core.reviews.cover import (
    Hunk,
    Reviewed,
    ReviewReport,
    count,
    is_counted,
    is_under,
    lines,
    unchanged,
)
from pipeline.core.reviews.model import ReviewFinding

OLD = b"one\ntwo\nthree\nfour\n"


def hunks(old: bytes, new: bytes) -> list[Hunk]:
    """Return the differences, as any honest tool would."""
    found = difflib.SequenceMatcher(None, lines(old), lines(new), autojunk=False).get_opcodes()
    return [(a, b - a, c, d - c) for kind, a, b, c, d in found if kind != "equal"]


def kept(old: bytes, new: bytes) -> set[int]:
    return unchanged(old, new, hunks(old, new))


@pytest.mark.parametrize(
    ("new", "covered"),
    [
        (OLD, {0, 1, 2, 3}),
        (b"one\nTWO\nthree\nfour\n", {0, 2, 3}),
        (b"zero\none\ntwo\nthree\nfour\n", {1, 2, 3, 4}),
        (b"one\ntwo\nthree\nfour\nfive\n", {0, 1, 2, 3}),
        (b"one\ntwo\nthree\nfour", {0, 1, 2}),
        (b"one\r\ntwo\nthree\nfour\n", {1, 2, 3}),
        (OLD.replace(b"\n", b"\r\n"), set()),
        (b"one \ntwo\nthree\nfour\n", {1, 2, 3}),
        # a line was taken out: what now follows stands elsewhere than it was read
        (b"one\nthree\nfour\n", {0, 2}),
        (b"two\nthree\nfour\n", {1, 2}),
        (b"one\ntwo\nthree\n", {0, 1}),
        (b"one\n", set()),
        (b"", set()),
        (b"new\n", set()),
    ],
)
def test_a_changed_line_loses_its_cover_and_the_others_keep_it(
    new: bytes, covered: set[int]
) -> None:
    assert kept(OLD, new) == covered


def test_lines_that_changed_places_do_not_all_keep_their_cover() -> None:
    assert len(kept(OLD, b"four\none\ntwo\nthree\n")) < 4
    assert len(kept(b"a\nb\n", b"b\na\n")) < 2


def test_differences_that_are_not_those_of_the_bytes_cover_nothing() -> None:
    new = b"one\nEVIL\nthree\nfour\n"
    for lie in (
        [],
        [(0, 1, 0, 1)],
        [(1, 1, 1, 0)],
        [(1, 1, 1, 1), (0, 1, 0, 1)],
        [(1, 9, 1, 9)],
        [(1, 1, 1, 1), (1, 1, 1, 1)],
        [(-1, 1, -1, 1)],
    ):
        assert unchanged(OLD, new, lie) <= {0, 2, 3}
    assert unchanged(OLD, new, []) == set()
    assert unchanged(OLD, new, [(1, 1, 1, 1)]) == {0, 2, 3}


@given(
    st.lists(st.sampled_from([b"a", b"b", b"c", b""]), max_size=8),
    st.lists(st.sampled_from([b"a", b"b", b"d", b""]), max_size=8),
)
def test_every_covered_line_was_read_and_in_this_order(old: list[bytes], new: list[bytes]) -> None:
    before, after = b"\n".join(old), b"\n".join(new)
    now = lines(after)
    left = iter(lines(before))
    for index in sorted(kept(before, after)):
        assert any(line == now[index] for line in left)


@given(
    st.lists(st.sampled_from([b"a", b"b", b""]), max_size=6),
    st.lists(st.sampled_from([b"a", b"b", b"d"]), max_size=6),
    st.lists(st.tuples(*(st.integers(min_value=-1, max_value=7) for _ in range(4))), max_size=4),
)
def test_no_lie_about_the_differences_covers_a_line_that_was_not_read(
    old: list[bytes], new: list[bytes], told: list[Hunk]
) -> None:
    before, after = b"\n".join(old), b"\n".join(new)
    read = set(lines(before))
    now = lines(after)
    assert all(now[index] in read for index in unchanged(before, after, told))


@given(st.binary(max_size=60))
def test_the_lines_are_as_many_as_are_counted_and_make_up_the_file(data: bytes) -> None:
    assert len(lines(data)) == count(data)
    assert b"".join(lines(data)) == data


def test_a_binary_file_is_one_line() -> None:
    assert count(b"a\n\0b\nc\n") == 1
    assert count(b"") == 0
    assert count(b"\n") == 1
    assert count(b"a") == 1


def test_a_review_is_about_its_path_and_all_below_it() -> None:
    assert is_under("a/b.py", ".")
    assert is_under("a/b.py", "a")
    assert is_under("a/b.py", "a/b.py")
    assert not is_under("ab.py", "a")
    assert not is_under("a/b.py", "a/b")
    assert not is_under("a/b.pyc", "a/b.py")


def test_all_files_count_but_the_reviews_themselves() -> None:
    assert is_counted("releases/evil.py")
    assert is_counted("config/baseline.yaml")
    assert not is_counted("config/reviews.yaml")


def test_a_report_has_a_json_form_with_a_digest() -> None:
    finding = ReviewFinding.from_json(
        {"id": "leak", "severity": "high", "state": "open", "what": "it leaks"}
    )
    each = (Reviewed(id="review.pot", reviewed_at="x", void="", findings=(finding,)),)
    report = ReviewReport(commit="c", reviews="r", uncovered=(("a", 2),), each=each)
    told = report.to_dict()
    assert load_json(canonical(told)) == told
    assert told["uncovered"] == [{"path": "a", "lines": 2}]
    assert told["each"][0]["findings"][0]["severity"] == "high"
    assert report.digest != ReviewReport(commit="c", reviews="r").digest
