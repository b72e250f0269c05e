"""Foreign text made safe, and time spans in words."""

import pytest

from pipeline.edges.terminal.text import clean, duration


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("50%\r100%", "50% 100%"),
        ("a\tb", "a   b"),
        ("a\x00b\x7fc\u2066d\ud800", "a?b?c?d?"),
        ("\x1b", ""),
        ("tail\x1b[", "tail"),
        ("trailing \n", "trailing"),
    ],
)
def test_foreign_text_is_cleaned(given: str, left: str) -> None:
    assert clean(given) == left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 m 00 s"),
        (125, "2 m 05 s"),
        (3600, "1 h 00 m"),
        (86399, "23 h 59 m"),
    ],
)
def test_time_spans_are_written_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
