"""How much of a commit is covered by reviews, as a value, and what lines of a file stay covered.

The rules, numbered as the code cites them:

1. A review covers the files at and below its path, as they were at its commit. It counts only if
   that commit is here, was made before the review was done, the review was done before now, and
   the manifest of these files there has the digest that the review says. One that counts for
   nothing covers nothing.
2. A file whose bytes are those that were reviewed is covered. A file that was moved is not: what it
   does depends on where it stands. Nor is a link that became a file, or a file that became a link.
3. Of a changed text file the lines are covered that are unchanged since, line ends included, in
   their order. Where lines were taken out, the line that now follows (or, at the end, the last)
   loses its cover: something else stands there than was read.
4. A binary file (one with a zero byte) counts as one line, covered by equal bytes alone.
5. Several reviews add up. The lines that none covers are told.
6. Not counted: adopted releases, which are left out before (`core.adopted_paths`), and
   `config/reviews.yaml`, which cannot be reviewed before it says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, digest_of
from pipeline.core.reviews.model import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.reviews.model import ReviewFinding

OWN_FILE = "config/reviews.yaml"
SHOWN = 10
"""How many uncovered files a report names."""
Hunk = tuple[int, int, int, int]
"""A difference: first line and count of the old side, then of the new one (0-based)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What became of one review."""

    id: str
    reviewed_at: str
    void: str
    """Why it counts for nothing; empty if it counts."""
    findings: tuple[ReviewFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """How much of a commit the reviews cover."""

    commit: str
    reviews: str
    """The digest of the reviews as configured."""
    total: int = 0
    """Lines that must be covered."""
    covered: int = 0
    uncovered: tuple[tuple[str, int], ...] = ()
    """The first files with lines that no review covers, and how many lines."""
    uncovered_files: int = 0
    each: tuple[Reviewed, ...] = ()
    problem: str = ""
    """Why nothing could be found out; empty if it could."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        found = asdict(self)
        return found | {
            "uncovered": [{"path": path, "lines": lines} for path, lines in self.uncovered],
            "each": [
                {
                    "id": one.id,
                    "reviewed_at": one.reviewed_at,
                    "void": one.void,
                    "findings": [finding.to_dict() for finding in one.findings],
                }
                for one in self.each
            ],
        }

    @property
    def digest(self) -> Digest:
        """The digest of the JSON form."""
        return digest_of(self.to_dict())


def is_counted(path: str) -> bool:
    """Tell whether a file's lines must be covered (rule 6)."""
    return path != OWN_FILE


def is_under(path: str, reviewed: str) -> bool:
    """Tell whether a review of one path is about a file."""
    return reviewed in (EVERYTHING, path) or path.startswith(f"{reviewed}/")


def lines(data: bytes) -> list[bytes]:
    """Return a file's lines with their ends; a binary file is one line (rule 4)."""
    if b"\0" in data:
        return [data]
    found = [line + b"\n" for line in data.split(b"\n")]
    last = found.pop().removesuffix(b"\n")
    return [*found, last] if last else found


def count(data: bytes) -> int:
    """Return how many lines a file has, as `lines` does."""
    if b"\0" in data:
        return 1
    return data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


def unchanged(old: bytes, new: bytes, hunks: Iterable[Hunk]) -> set[int]:
    """Return which lines of `new` (0-based) are those of `old`, by the differences between them.

    The differences are not believed: lines between them count only if they are equal (rule 3).
    """
    before, after = lines(old), lines(new)
    kept: set[int] = set()
    lost: set[int] = set()
    left = right = 0
    for first, removed, second, added in (*sorted(hunks), (len(before), 0, len(after), 0)):
        if before[left:first] != after[right:second] or first < left or second < right:
            return set()
        kept.update(range(right, second))
        if removed and not added:
            lost.add(second if second < len(after) else len(after) - 1)
        left, right = first + removed, second + added
    return kept - lost
