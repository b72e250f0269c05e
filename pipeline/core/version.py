"""The version of a commit: its tag's, else one derived as setuptools-scm's guess-next-dev does.

Source: PEP 440; setuptools-scm, schemes `guess-next-dev` and `node-and-date` without the date.
"""

from __future__ import annotations

import fnmatch
import re

from packaging.version import InvalidVersion, Version

HEX_DIGITS = 9
"""Digits of the commit id that stand in a derived version."""
_GLOB = re.compile(r"[*?\[]")


def tag_version(tag: str, pattern: str) -> Version | None:
    """Return the version that a tag names; None if it does not match or names none.

    The literal text before the pattern's first wildcard is the prefix (`v` of `v[0-9]*`).
    """
    if not fnmatch.fnmatchcase(tag, pattern):
        return None
    wildcard = _GLOB.search(pattern)
    prefix = pattern[: wildcard.start()] if wildcard else ""
    try:
        return Version(tag.removeprefix(prefix))
    except InvalidVersion:
        return None


def derived_version(nearest: Version | None, distance: int, commit: str) -> str:
    """Return the version of a commit that is `distance` commits past the nearest version tag.

    Without any tag, `distance` counts all commits and the base is 0.1. A distance of 0 is the tag.
    """
    if nearest is not None and distance == 0:
        return str(nearest)
    local = f"+g{commit[:HEX_DIGITS]}"
    if nearest is None:
        return f"0.1.dev{distance}{local}"
    public = Version(nearest.public)
    if public.dev is not None:
        base = re.sub(r"\.dev\d+$", "", str(public))
        return f"{base}.dev{public.dev + distance}{local}"
    head, last = re.fullmatch(r"(.*?)(\d+)", str(public), re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}{int(last) + 1}.dev{distance}{local}"
