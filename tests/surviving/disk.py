"""Every call by which this process changes the disk, in order, and what a test makes of it.

`watch(act)` puts a wrapper round each of them; `act(name, real, arguments)` is called in place of
the real one. What Python writes through `io.open` (`Path.write_bytes`) goes the same way. Processes
that this one starts are not watched. It lasts until the process ends: call it in a fork.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Real = Callable[..., Any]
Words = tuple[Any, ...]
Named = dict[str, Any]
Act = Callable[[str, Real, Words, Named], object]

NAMES = (
    *("write", "pwrite", "writev", "sendfile", "fsync", "fdatasync", "ftruncate", "truncate"),
    *("rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir"),
    *("fchmod", "chmod", "utime", "open"),
)
WRITES = frozenset({"write", "pwrite"})
NEEDS_SPACE = frozenset(
    {"write", "pwrite", "fsync", "fdatasync", "link", "symlink", "mkdir", "open", "rename"}
)
CREATES = os.O_CREAT | os.O_TRUNC


def watch(act: Act) -> None:
    """Let `act` stand in for every call that changes the disk."""
    for name in NAMES:
        setattr(os, name, _wrapped(name, getattr(os, name), act))
    plain: Real = io.open

    def opened(file: str | Path | int, mode: str = "r", *rest: object, **named: object) -> object:
        if isinstance(file, int) or not set(mode) & set("wxa+"):
            return plain(file, mode, *rest, **named)
        act("open", lambda *_: None, (file,), {})
        raw = _Raw(file, mode.replace("b", "").replace("t", ""))
        if "b" in mode:
            return io.BufferedWriter(raw)
        encoding = str(rest[1] if len(rest) > 1 else named.get("encoding", "utf-8"))
        return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding)

    vars(io)["open"] = opened
    vars(builtins)["open"] = opened


class _Raw(io.FileIO):
    """A file whose writes are `os.write`."""

    def write(self, data: ReadableBuffer) -> int:
        return os.write(self.fileno(), data)


def _wrapped(name: str, real: Real, act: Act) -> Real:
    def call(*arguments: object, **named: object) -> object:
        if name == "open" and not _creates(arguments, named):
            return real(*arguments, **named)
        return act(name, real, arguments, named)

    return call


def _creates(arguments: Words, named: Named) -> bool:
    return bool((arguments[1] if len(arguments) > 1 else named.get("flags", 0)) & CREATES)


def _half(name: str, real: Real, arguments: Words, named: Named) -> None:
    """Do a write up to its middle; any other call whole."""
    if name in WRITES:
        handle, data, *rest = arguments
        half = memoryview(data)[: len(data) // 2]
        if len(half):
            real(handle, half, *rest, **named)
        return
    real(*arguments, **named)


def place_of(name: str, arguments: Words, named: Named) -> str:
    """Return the path that a call changes; of two the last."""
    if name in {"write", "pwrite", "writev", "fsync", "fdatasync", "ftruncate", "fchmod"}:
        return str(Path(f"/proc/self/fd/{arguments[0]}").readlink())
    path = arguments[1] if name in {"rename", "replace", "link", "symlink"} else arguments[0]
    folder = named.get("dir_fd")
    return str(path) if folder is None else f"{Path(f'/proc/self/fd/{folder}').readlink()}/{path}"


class Counter:
    """Counts, and lets everything through; with `*` what changes but a place that is swept."""

    def __init__(self, *swept: str) -> None:
        self.swept = swept
        self.calls: list[str] = []

    def __call__(self, name: str, real: Real, arguments: Words, named: Named) -> object:
        place = place_of(name, arguments, named) if self.swept else ""
        self.calls.append(name + "*" * any(part in place for part in self.swept))
        return real(*arguments, **named)


class At:
    """At call number `at` (from 0) something happens; before it and after it nothing does."""

    def __init__(self, at: int, *, late: bool) -> None:
        """With `late` the call is made first, a write only half."""
        self.at = at
        self.late = late
        self.count = 0
        self.turn = threading.Lock()

    def __call__(self, name: str, real: Real, arguments: Words, named: Named) -> object:
        with self.turn:  # fsyncs come from several threads
            mine, self.count = self.count == self.at, self.count + 1
        if mine and self.late:
            _half(name, real, arguments, named)
        if mine:
            self.happen()
        return real(*arguments, **named)

    def happen(self) -> None:
        raise NotImplementedError


class Kill(At):
    """This process is gone, as by `kill -9`."""

    def happen(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()


class PowerCut(At):
    """The machine stops: what was written and not made durable by `fsync` is gone, names stay."""

    def __init__(self, at: int, *, late: bool) -> None:
        super().__init__(at, late=late)
        self.durable: dict[str, int] = {}
        """How much of a file that was written to will be there."""
        self.truncate = os.truncate

    def __call__(self, name: str, real: Real, arguments: Words, named: Named) -> object:
        place = ""
        if name in WRITES or name == "fsync":
            place = str(Path(f"/proc/self/fd/{arguments[0]}").readlink())
        if name in WRITES and place.startswith("/"):
            self.durable.setdefault(place, os.fstat(arguments[0]).st_size)
        done = super().__call__(name, real, arguments, named)
        if name == "fsync":
            self.durable.pop(place, None)
        if name in {"rename", "replace", "link"} and str(arguments[0]) in self.durable:
            self.durable[str(arguments[1])] = self.durable[str(arguments[0])]
        return done

    def happen(self) -> None:
        for place, size in list(self.durable.items()):
            if Path(place).is_file():
                self.truncate(place, size)
        os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()


class Interrupt(At):
    """Ctrl-C."""

    def happen(self) -> None:
        raise KeyboardInterrupt


class Full:
    """From call number `at` on there is no room: what needs some fails, the first write half."""

    def __init__(self, at: int, *, late: bool) -> None:
        """With `late` half of the write that meets the full disk still fits."""
        self.at = at
        self.late = late
        self.count = 0

    def __call__(self, name: str, real: Real, arguments: Words, named: Named) -> object:
        first, self.count = self.count == self.at, self.count + 1
        if self.count <= self.at or name not in NEEDS_SPACE or _on_a_pipe(name, arguments):
            return real(*arguments, **named)
        if first and self.late and name in WRITES and len(arguments[1]) > 1:
            data = memoryview(arguments[1])
            return real(arguments[0], data[: len(data) // 2], *arguments[2:], **named)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _on_a_pipe(name: str, arguments: Words) -> bool:
    if name not in WRITES:
        return False
    try:
        os.lseek(arguments[0], 0, os.SEEK_CUR)
    except OSError:
        return True
    return False
