"""Which entries of the ledger the commit at HEAD has: what git does not have is not checked in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges import git
from pipeline.edges.hashing import read_small
from pipeline.errors import LadderError
from pipeline.operations.adoption.shelf import LEDGER, MAX_LEDGER, RELEASES

if TYPE_CHECKING:
    from pathlib import Path


def committed(root: Path, number: int) -> frozenset[int]:
    """Return which of the ledger's entries, counted from 0, stand in the ledger at HEAD.

    The ledger has a line for each entry, so its lines are compared, byte for byte. Where git cannot
    be asked, or HEAD has no ledger, none does. Raises `OSError` as reading does.
    """
    path = f"{RELEASES}/{LEDGER}"
    try:
        there = git.ask(root, "cat-file", "blob", f"HEAD:{path}")
    except LadderError:
        return frozenset()
    here = read_small(root / path, MAX_LEDGER)
    if here == there:
        return frozenset(range(number))
    known = {line.removeprefix(b",") for line in there.split(b"\n")}
    lines = here.split(b"\n")[1 : number + 1]
    return frozenset(at for at, line in enumerate(lines) if line.removeprefix(b",") in known)
