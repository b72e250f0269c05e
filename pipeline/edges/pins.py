"""Pins: what a step must not touch, as it was before, compared with what is there after.

Pinned are configuration, trust and the pipeline's own files by content, each file and the set of
them; the store by a cheap mark of each object, each name and the run's journal, as they were (what
another release adds meanwhile is allowed). Byte code in `__pycache__`, which the next process may
read instead of the source, is pinned by a mark, too, and told apart: it may be our own doing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import sha256_file
from pipeline.edges.store.protocol import Store

_CACHE = "__pycache__"
_CACHED = ".pyc"
_ENVIRONMENT = "pyvenv.cfg"
BYTE_CODE = "byte code"
"""The group of what Python caches."""


class Change(NamedTuple):
    """One thing that is not as it was: `group: path: how`."""

    group: str
    path: str
    how: str

    def __str__(self) -> str:
        """Return it as it is told."""
        return ": ".join(self)


class Pins:
    """How the pinned files were when the pins were taken."""

    def __init__(
        self,
        groups: Mapping[str, Path],
        code: Iterable[Path],
        store: Store | None,
        run: str,
        root: Path,
    ) -> None:
        """Take the pins now; `Pins.take` is the way to say it."""
        self._root = root
        self._groups = dict(groups)
        self._code = {os.fspath(folder): _shown(folder, root) for folder in code}
        self._store = store
        self._run = run
        self._contents = self._read_groups()
        self._marks = dict(store.fingerprints(run)) if store is not None else {}

    @classmethod
    def take(
        cls,
        root: Path,
        groups: Mapping[str, Path],
        *,
        code: Iterable[Path] = (),
        store: Store | None = None,
        run: str = "",
    ) -> Self:
        """Pin folders or files by content under the name of each group, and a store with a run.

        `code` are folders below which all byte code is pinned, that in each `__pycache__` and that
        under a cache prefix; environments and folders whose name begins with a dot are passed over,
        no import leads into them.
        Paths in messages are relative to `root`. A group that does not exist is pinned as absent.
        Raises `EnvironmentFailedError` when something cannot be read.
        """
        return cls(groups, code, store, run, root)

    def changed(self) -> list[Change]:
        """Return what was changed, removed or added since; empty if nothing.

        Additions to the store are no change, and neither is byte code that is gone.
        """
        found = []
        for group, now in self._read_groups().items():
            before = self._contents[group]
            for path in sorted(before.keys() | now.keys()):
                how = _difference(before.get(path), now.get(path))
                if how and (group, how) != (BYTE_CODE, "removed"):
                    found.append(Change(group, path, how))
        if self._store is not None:
            marks = self._store.fingerprints(self._run)
            for path, mark in self._marks.items():
                if marks.get(path) != mark:
                    found.append(Change("store", path, _difference(mark, marks.get(path))))
            journal = f"journals/{self._run}.jsonl"
            if journal in marks and journal not in self._marks:
                found.append(Change("store", journal, "added"))
        return found

    def place(self, change: Change) -> Path:
        """Return where a changed file lies."""
        return Path(os.path.normpath(self._root / change.path))

    def _read_groups(self) -> dict[str, dict[str, object]]:
        with disk_errors(self._root):
            contents = {
                group: _read(place, os.path.relpath(place, self._root))
                for group, place in self._groups.items()
            }
        known = set().union(*contents.values())
        compiled = (
            (shown + path[len(folder) + 1 :], mark)
            for folder, shown in self._code.items()
            for path, mark in _byte_code(folder)
        )
        return {**contents, BYTE_CODE: {path: mark for path, mark in compiled if path not in known}}


def _shown(folder: Path, root: Path) -> str:
    """Return what stands before the name of a file below a folder, in a path relative to root."""
    relative = os.path.relpath(folder, root)
    return "" if relative == os.curdir else f"{relative}/"


def _difference(before: object, now: object) -> str:
    if before == now:
        return ""
    if before is None:
        return "added"
    return "removed" if now is None else "changed"


def _read(place: Path, shown: str) -> dict[str, object]:
    """Return path → what it is: kind, mode, content; of a link its target, and a file's content."""
    try:
        found = place.stat()  # a link in place of the folder itself is followed
    except FileNotFoundError:
        return {}
    if not stat.S_ISDIR(found.st_mode):
        return {shown: _what(os.fspath(place), found)}
    contents: dict[str, object] = {}
    pending = [(shown, os.fspath(place))]
    while pending:
        prefix, folder = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{prefix}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != _CACHE:
                        pending.append((name, entry.path))
                else:
                    contents[name] = _what(entry.path, entry.stat(follow_symlinks=False))
    return contents


def _what(path: str, found: os.stat_result) -> tuple[int, str]:
    if stat.S_ISREG(found.st_mode):
        return found.st_mode, sha256_file(path).hex
    if stat.S_ISLNK(found.st_mode):
        behind = sha256_file(path).hex if Path(path).is_file() else ""
        return found.st_mode, f"{Path(path).readlink()} {behind}"
    return found.st_mode, ""


def _byte_code(folder: str) -> Iterable[tuple[str, object]]:
    """Yield the cached byte code below a folder, each with a mark that a write changes.

    Not the parts that Python's own compiling leaves for a moment. What cannot be read is passed
    over: it cannot be imported either, or is just being removed.
    """
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError:
        return
    if any(entry.name == _ENVIRONMENT for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=entry.name == _CACHE):
                yield from _byte_code(entry.path)
            elif entry.name.endswith(_CACHED):
                found = Path(entry.path).stat()
                times = (found.st_mtime_ns, found.st_ctime_ns)
                yield entry.path, (found.st_size, *times, found.st_ino)
