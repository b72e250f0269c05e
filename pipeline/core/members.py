"""The members of an archive, and how two archives that should be equal differ.

A release that cannot be built twice alike is refused with the member and the kind of difference, so
that a person knows where to look: content, mode, mtime, owner, order, compression, only in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.core.canonical import Digest

MAX_NAMED = 20
"""How many differences are named before the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a zip or tar archive; `extra` is what else its header says (owner, system)."""

    name: str
    kind: str
    mode: int
    mtime: str
    size: int
    digest: Digest
    extra: str = ""


def differences(left: Sequence[Member], right: Sequence[Member]) -> list[str]:
    """Name every difference of two archives' members, in the order of their names."""
    ours = {member.name: member for member in left}
    theirs = {member.name: member for member in right}
    found = []
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            found.append(f"{name}: only in the {'second' if one is None else 'first'} build")
        else:
            found.extend(f"{name}: {text}" for text in _of_member(one, other))
    names = [member.name for member in left], [member.name for member in right]
    if sorted(names[0]) == sorted(names[1]) and names[0] != names[1]:
        at = next(i for i, pair in enumerate(zip(*names, strict=True)) if pair[0] != pair[1])
        found.append(f"{names[0][at]}: order: the other build has {names[1][at]} in its place")
    for label, listing in zip(("first", "second"), names, strict=True):
        twice = sorted({name for name in listing if listing.count(name) > 1})
        found.extend(f"{name}: stands twice in the {label} build" for name in twice)
    return found


def _of_member(one: Member, other: Member) -> list[str]:
    found = []
    if one.digest != other.digest:
        sizes = f"{one.size} and {other.size} bytes"
        found.append(f"content: {sizes}, {one.digest.hex[:12]} and {other.digest.hex[:12]}")
    if one.mode != other.mode:
        found.append(f"mode: {one.mode:04o} and {other.mode:04o}")
    if one.mtime != other.mtime:
        found.append(f"mtime: {one.mtime} and {other.mtime}")
    if one.kind != other.kind:
        found.append(f"kind: {one.kind} and {other.kind}")
    if one.extra != other.extra:
        found.append(f"header: {one.extra} and {other.extra}")
    return found


def shortened(found: Sequence[str]) -> list[str]:
    """Return the first `MAX_NAMED` differences and a count of the rest."""
    rest = len(found) - MAX_NAMED
    return [*found[:MAX_NAMED], *([f"and {rest} more"] if rest > 0 else [])]
