"""A short list in a file, a line each, that only grows: what a kill cut short was never written.

No temporary file is made: one that a kill left would lie there for ever.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.edges.files import disk_errors, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

_END = b"\n"
_LARGEST = 1024 * 1024


def read_lines(path: Path) -> list[str]:
    """Return the whole lines; none when there is no file. `UnicodeDecodeError` for other bytes."""
    with disk_errors(path):
        if not path.exists() and not path.is_symlink():
            return []
        data = path.read_bytes()
    return data[: data.rfind(_END) + 1].decode().splitlines()


def append_line(path: Path, line: str) -> None:
    """Add a line, durably, behind the last whole one."""
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            whole = os.pread(handle, _LARGEST, 0).rfind(_END) + 1
            os.ftruncate(handle, whole)
            os.lseek(handle, 0, os.SEEK_END)
            os.write(handle, line.encode() + _END)
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(path.parent)
