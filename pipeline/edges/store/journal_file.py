"""A run's journal as a local file: lines are only ever added, behind the head that was expected."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from pipeline.core.canonical import Digest, MalformedError, load_json
from pipeline.edges.files import sync_folder
from pipeline.errors import ConflictError, UntrustedError

_BLOCK = 64 * 1024


def append_line(path: Path, line: bytes, expected: Digest | None) -> None:
    """Add a line and make it durable; an unterminated last line is cut first.

    Raises `ConflictError` when the journal's head is not the expected one, `UntrustedError` when
    the last line cannot be read, `OSError` when the disk refuses (the file is as before then).
    """
    _entry_hash(line, path)
    if b"\n" in line:
        msg = "an entry of a journal is one line"
        raise MalformedError(msg)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        last, end = _last_line(handle, size)
        head = _entry_hash(last, path) if last else None
        if head != expected:
            raise ConflictError(
                f"the journal's head is {head or 'none'}, not {expected or 'none'}: "
                "another process wrote to it",
                where=str(path),
                todo="run the same command again; it goes on from the new head",
            )
        if end != size:
            os.ftruncate(handle, end)
        _write(handle, line + b"\n", end)
        if end == 0:
            sync_folder(path.parent)
    finally:
        os.close(handle)


def _write(handle: int, data: bytes, end: int) -> None:
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(handle, data[done:], end + done)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise


def _last_line(handle: int, size: int) -> tuple[bytes, int]:
    """Return the last complete line without its newline, and where it ends in the file."""
    tail = b""
    start = size
    while start > 0:
        step = min(_BLOCK, start)
        start -= step
        tail = os.pread(handle, step, start) + tail
        end = tail.rfind(b"\n")
        before = tail.rfind(b"\n", 0, end) if end > 0 else -1
        if before >= 0 or (start == 0 and end >= 0):
            return tail[before + 1 : end], start + end + 1
    return b"", 0


def _entry_hash(line: bytes, path: Path) -> Digest:
    try:
        return Digest.parse(load_json(line)["entry_hash"])
    except (MalformedError, TypeError, KeyError, AttributeError) as error:
        raise UntrustedError(
            f"an entry of the journal cannot be read: {error}",
            where=str(path),
            todo="restore the journal from a copy; it is never mended",
        ) from error
