"""Text that cannot be shown safely is named by its first character."""

from __future__ import annotations

import pytest

from pipeline.core.showable import unshowable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\x00", "U+0000"),
        ("a\x1b[2J", "U+001B"),
        ("a\x7f", "U+007F"),
        ("a\x9b31m", "U+009B"),
        ("a\u202eb\x00", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u2028", "U+2028"),
        ("\udcff", "U+DCFF"),
    ],
)
def test_what_would_be_shown_as_something_else_is_named(text: str, name: str) -> None:
    assert unshowable(text) == name


@pytest.mark.parametrize("text", ["", "two\nlines\tand a tab", "Schluß", "停止", "وقف", "🫖"])
def test_words_of_any_script_are_fine(text: str) -> None:
    assert unshowable(text) is None
