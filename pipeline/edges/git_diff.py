"""Which lines of files differ between two commits, as git's plumbing says.

Attributes, filters, text conversions and colours have no say; what is found is a proposal all the
same, which whoever uses it compares with the bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.edges import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Hunk = tuple[int, int, int, int]
"""First line (0-based) and count of the old side, then of the new one."""
_OPTIONS = (
    *("-r", "-p", "-U0", "--text", "--no-renames", "--full-index", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--inter-hunk-context=0", "--diff-algorithm=histogram"),
)
_INDEX = re.compile(rb"index ([0-9a-f]+)\.\.([0-9a-f]+)")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
AT_ONCE = 400
"""How many paths are asked for in one call."""


def hunks(
    root: Path, old: str, new: str, paths: Sequence[str]
) -> dict[tuple[str, str], list[Hunk]]:
    """Return the differences of files that both commits have: (old id, new id) → hunks."""
    found: dict[tuple[str, str], list[Hunk]] = {}
    for at in range(0, len(paths), AT_ONCE):
        asked = paths[at : at + AT_ONCE]
        found |= _parsed(git.ask(root, "diff-tree", *_OPTIONS, old, new, "--", *asked))
    return found


def _parsed(said: bytes) -> dict[tuple[str, str], list[Hunk]]:
    """Read a patch without context.

    Its lines begin with -, + or a backslash, so that none is taken for a header. Files with
    equal bytes before and after have equal differences, and one entry.
    """
    found: dict[tuple[str, str], list[Hunk]] = {}
    here: list[Hunk] = []
    for line in said.split(b"\n"):
        if match := _INDEX.match(line):
            here = found[match[1].decode(), match[2].decode()] = []
        elif match := _HUNK.match(line):
            first, second = int(match[1]), int(match[3])
            removed, added = (1 if n is None else int(n) for n in (match[2], match[4]))
            here.append((first - bool(removed), removed, second - bool(added), added))
    return found
