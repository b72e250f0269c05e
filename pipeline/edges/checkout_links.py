"""Committed symbolic links that lead out of what is compared with the commit (`checkout`, rule 7).

A link is compared by its text. What it leads to is as good as the commit only if it is one of the
commit's own files, or a folder of them. So each hop is followed by name, through the list of the
commit's files and never through the disk: what is not on the list is not followed, be it there or
not. That is: a place outside, `.git`, an adopted release, an ignored or untracked file, nothing.
A submodule is compared by itself; a link to it or into it is named too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

HOPS = 40
"""How many links one way may have, as on Linux."""
WHY = "(a link that leads out of the commit's own files)"


def leaving(links: Mapping[bytes, bytes], files: Collection[bytes]) -> list[bytes]:
    """Return those links, sorted, that lead elsewhere than to a file or folder of the commit.

    `links` is name → target as it is written; `files` are the names of the commit's plain files.
    Folders of the commit are those that have a file, or a link, in them.
    """
    if not links:
        return []
    folders = {name[:at] for name in (*files, *links) for at in _slashes(name)}
    return sorted(name for name in links if not _stays(name, links, files, folders))


def _slashes(name: bytes) -> Iterable[int]:
    at = name.find(b"/")
    while at >= 0:
        yield at
        at = name.find(b"/", at + 1)


def _stays(
    name: bytes, links: Mapping[bytes, bytes], files: Collection[bytes], folders: Collection[bytes]
) -> bool:
    here: list[bytes] = []
    ahead = name.split(b"/")[::-1]
    hops = 0
    while ahead:
        part = ahead.pop()
        if part in {b"", b"."}:
            continue
        if part == b"..":
            if not here:
                return False
            here.pop()
            continue
        found = b"/".join((*here, part))
        if found in links:
            hops += 1
            if hops > HOPS or links[found].startswith(b"/"):
                return False
            ahead += links[found].split(b"/")[::-1]
        elif found in folders:
            here.append(part)
        else:
            return found in files and not ahead
    return True
