"""Pins: what a step must not touch, as it was before, compared with what is there after.

Pinned are configuration, trust and the pipeline's own files by content, each file and the set of
them; the store by a cheap mark of each object, each name and the run's journal, as they were (what
another release adds meanwhile is allowed). Byte code that Python caches is nobody's tampering.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import sha256_file
from pipeline.edges.store.protocol import Store

_CACHE = "__pycache__"
_CACHED = (".pyc", ".pyo")


class Pins:
    """How the pinned files were when the pins were taken."""

    def __init__(
        self, groups: Mapping[str, Path], store: Store | None, run: str, root: Path
    ) -> None:
        """Take the pins now; `Pins.take` is the way to say it."""
        self._root = root
        self._groups = dict(groups)
        self._store = store
        self._run = run
        self._contents = self._read_groups()
        self._marks = dict(store.fingerprints(run)) if store is not None else {}

    @classmethod
    def take(
        cls, root: Path, groups: Mapping[str, Path], *, store: Store | None = None, run: str = ""
    ) -> Self:
        """Pin folders or files by content under the name of each group, and a store with a run.

        Paths in messages are relative to `root`. A group that does not exist is pinned as absent.
        Raises `EnvironmentFailedError` when something cannot be read.
        """
        return cls(groups, store, run, root)

    def changed(self) -> list[str]:
        """Return what was changed, removed or added since, as `group: path: how`; empty if nothing.

        Additions to the store are no change.
        """
        found = []
        for group, now in self._read_groups().items():
            before = self._contents[group]
            for path in sorted(before.keys() | now.keys()):
                how = _difference(before.get(path), now.get(path))
                if how:
                    found.append(f"{group}: {path}: {how}")
        if self._store is not None:
            marks = self._store.fingerprints(self._run)
            for path, mark in self._marks.items():
                if marks.get(path) != mark:
                    found.append(f"store: {path}: {_difference(mark, marks.get(path))}")
            journal = f"journals/{self._run}.jsonl"
            if journal in marks and journal not in self._marks:
                found.append(f"store: {journal}: added")
        return found

    def _read_groups(self) -> dict[str, dict[str, object]]:
        with disk_errors(self._root):
            return {
                group: _read(place, os.path.relpath(place, self._root))
                for group, place in self._groups.items()
            }


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
                elif not entry.name.endswith(_CACHED):
                    contents[name] = _what(entry.path, entry.stat(follow_symlinks=False))
    return contents


def _what(path: str, found: os.stat_result) -> tuple[int, str]:
    if stat.S_ISREG(found.st_mode):
        return found.st_mode, sha256_file(path).hex
    if stat.S_ISLNK(found.st_mode):
        behind = sha256_file(path).hex if Path(path).is_file() else ""
        return found.st_mode, f"{Path(path).readlink()} {behind}"
    return found.st_mode, ""
