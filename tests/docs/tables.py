"""The tables of the pages, read by the heading that they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs import pages


def section(text: str, heading: str) -> str:
    """Return a page's text under a heading, to the next heading."""
    prose = pages.FENCE.sub("", text)
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(?P<body>.*?)(?=^#+ |\Z)", prose, re.MULTILINE | re.DOTALL
    )
    assert found, f"no heading {heading!r}"
    return found["body"]


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables under a heading, without their heads."""
    for line in section(text, heading).splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if set(cells[0]) <= {"-", ":"}:
                continue
            yield cells


def column(text: str, heading: str) -> list[str]:
    """Return the first cells that are code (`` `name` ``), as they stand between the ticks."""
    return [
        cells[0].strip("`") for cells in rows(text, heading) if cells and cells[0].startswith("`")
    ]
