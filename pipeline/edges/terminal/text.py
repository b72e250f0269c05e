"""Lines of text with the style of each part, made safe and fitted to a width; no I/O.

A line means the same with and without style: colour and weight only repeat what the words say.
"""

import re
import textwrap
from collections.abc import Iterable
from typing import Literal, NamedTuple

Style = Literal["", "bold", "dim", "green", "yellow", "red", "cyan"]

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
"""Control sequences of ECMA-48: CSI, the strings (OSC, DCS, SOS, PM, APC), single escapes."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Part(NamedTuple):
    """A piece of a line in one style."""

    text: str
    style: Style = ""


Line = tuple[Part, ...]


def clean(text: str) -> str:
    """Take out of foreign text whatever would steer the terminal; one line comes back.

    What a step prints, and what an error quotes, was written by others: control sequences go,
    tabs and line breaks become spaces, other control and direction characters become `?`.
    """
    bare = _SEQUENCE.sub("", text.expandtabs(4))
    return _CONTROL.sub("?", " ".join(bare.split("\n")).replace("\r", " ")).rstrip()


def plain(line: Line) -> str:
    """Give a line without styles and without blanks at its end."""
    return "".join(part.text for part in line).rstrip()


def wrapped(text: str, *, width: int, indent: str = "", style: Style = "") -> list[Line]:
    """Fit foreign prose into a width; long words (digests, paths) are never broken."""
    lines = textwrap.wrap(
        clean(text),
        width=max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [(Part(line, style),) for line in lines]


def duration(seconds: float) -> str:
    """Write a time span as people say it: `4.2 s`, `42 s`, `2 m 05 s`, `1 h 02 m`."""
    if seconds < 9.95:  # noqa: PLR2004 - from here on one digit after the point says nothing
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_of_hour:02} m"
    return f"{minutes} m {rest:02} s" if minutes else f"{whole} s"


def listed(items: Iterable[str]) -> str:
    """Join words for reading; each once, in the order of their first appearance."""
    return ", ".join(dict.fromkeys(items))
