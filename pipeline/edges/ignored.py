"""What git may overlook in a checkout, by the rules of its commit, and what nobody else would.

Python imports what is ignored, and the pipeline reads its configuration, ignored or not.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

FILE = b".gitignore"
DEPTH = 2
"""How deep below the root a folder may lie that keeps itself out of git."""
IMPORTABLE = (b".py", b".pyc", b".so", b".pyd")
"""What Python imports, by its name's end."""
CONFIG = b"config"
"""The folder of configuration."""
READ = (b".yaml", b".yml")
"""What is read as configuration there, or refused as such."""
_CACHE = b"__pycache__"
_SPECIAL = b"\\*?[]!# "


def rules(root: Path, tracked: Collection[bytes]) -> bytes:
    """Return the rules of the tracked `.gitignore` files as one list for `--exclude-from`.

    To it are added the folders that keep themselves out of git. Raises `OSError`.
    """
    place = os.fsencode(root)
    files = sorted(
        (name for name in tracked if name == FILE or name.endswith(b"/" + FILE)),
        key=lambda name: (name.count(b"/"), name),  # the deeper file has the last word
    )
    lines: list[bytes] = []
    for name in files:
        lines += _anchored(_lines(place + b"/" + name), name.removesuffix(FILE).rstrip(b"/"))
    busy = {name[:at] for name in tracked for at in range(len(name)) if name[at] == ord("/")}
    lines += [b"/" + _quoted(folder) + b"/" for folder in _withdrawn(place, b"", busy, DEPTH)]
    return b"\n".join(lines) + b"\n"


def _lines(path: bytes) -> list[bytes]:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return []
        data = Path(os.fsdecode(path)).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    lines = [line.removesuffix(b"\r") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    return [line for line in lines if line.strip(b" ") and not line.startswith(b"#")]


def _anchored(lines: Iterable[bytes], folder: bytes) -> Iterable[bytes]:
    """Yield the patterns of a folder's file as patterns of the root's."""
    if not folder:
        yield from lines
        return
    for line in lines:
        pattern = line.removeprefix(b"!")
        inside = b"/" in pattern.rstrip(b" ").removesuffix(b"/")
        below = pattern.removeprefix(b"/") if inside else b"**/" + pattern
        yield b"!" * line.startswith(b"!") + b"/" + _quoted(folder) + b"/" + below


def _quoted(name: bytes) -> bytes:
    return b"".join(b"\\" * (byte in _SPECIAL) + bytes([byte]) for byte in name)


def _withdrawn(place: bytes, prefix: bytes, busy: Collection[bytes], depth: int) -> list[bytes]:
    """Return folders whose own `.gitignore` ignores everything in them.

    None in which HEAD has files, and none beside such files but in the root: there it would hide
    what is read with them.
    """
    found: list[bytes] = []
    with os.scandir(place + b"/" + prefix) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.name == b".git" or name in busy or not entry.is_dir(follow_symlinks=False):
                continue
            if _lines(entry.path + b"/" + FILE) == [b"*"]:
                found.append(name)
            elif depth > 1:
                found += _withdrawn(place, name + b"/", busy, depth - 1)
    return found


def importable(root: Path, names: Iterable[bytes]) -> list[str]:
    """Return those ignored names that Python would import or that are configuration, with why.

    Folders are named with a slash at the end, as git does; of an ignored folder only what lies in
    it directly makes it a package. Byte code in `__pycache__` is not looked at: `Pins` do.
    """
    found = []
    for name in names:
        path = root / os.fsdecode(name)
        parts = name.rstrip(b"/").split(b"/")
        if parts[0] == CONFIG and _has_configuration(path):
            found.append(f"{name.decode('utf-8', 'replace')} (ignored, but read as configuration)")
            continue
        if _CACHE in parts:
            continue
        if path.is_dir():
            bad = all(os.fsdecode(part).isidentifier() for part in parts) and _is_package(path)
        else:
            bad = name.endswith(IMPORTABLE)
        if bad:
            found.append(f"{name.decode('utf-8', 'replace')} (ignored, but Python would import it)")
    return found


def _has_configuration(path: Path) -> bool:
    """Tell whether a file is configuration, or a folder has any; a link here is as good as it."""
    if path.is_symlink() or not path.is_dir():
        return path.is_symlink() or os.fsencode(path.name).lower().endswith(READ)
    with os.scandir(path) as entries:
        return any(_has_configuration(Path(entry.path)) for entry in entries)


def _is_package(path: Path) -> bool:
    with os.scandir(os.fsencode(path)) as entries:
        return any(entry.name.endswith(IMPORTABLE) for entry in entries)
