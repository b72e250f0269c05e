"""SHA-256 of files, at the speed of the memory: one buffer per thread, `readv` into it.

Large files are hashed by as many threads as there are cores (hashlib lets go of the interpreter
lock); for small ones opening dominates and threads only cost.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Iterable
from pathlib import Path

from pipeline.core.canonical import Digest, HashManifest, MalformedError, check_path
from pipeline.edges.threads import each
from pipeline.errors import UntrustedError

BUFFER = 1024 * 1024
"""Bytes read at once: large enough for full speed, small enough to stay in the cache."""
LARGE = 512 * 1024
"""From this mean size on, more threads than one pay."""


class _Local(threading.local):
    """The buffer of one thread, reused for every file."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(BUFFER))
        self.vector = [self.view]


_local = _Local()


def hash_open(handle: int) -> Digest:
    """Return the digest of what an open file holds from its position on."""
    view, vector = _local.view, _local.vector
    digest = hashlib.sha256()
    while count := os.readv(handle, vector):
        digest.update(view[:count])
    return Digest(digest.hexdigest())


def copy_hashed(source: int, target: int) -> tuple[Digest, int]:
    """Copy an open file into another; return digest and size of exactly the bytes written."""
    view, vector = _local.view, _local.vector
    digest = hashlib.sha256()
    size = 0
    while count := os.readv(source, vector):
        digest.update(view[:count])
        size += count
        done = 0
        while done < count:
            done += os.write(target, view[done:count])
    return Digest(digest.hexdigest()), size


def sha256_file(path: Path | str) -> Digest:
    """Return the digest of a file's bytes; raises `OSError` as opening and reading do."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return hash_open(handle)
    finally:
        os.close(handle)


def hash_files(paths: Iterable[Path]) -> dict[Path, Digest]:
    """Return the digest of each file, on every core where that pays; raises `OSError`."""
    wanted = list(dict.fromkeys(paths))
    sample = wanted[:: max(1, len(wanted) // 16)][:16]
    mean = sum(path.stat().st_size for path in sample) / len(sample) if sample else 0
    if mean < LARGE:
        return {path: sha256_file(path) for path in wanted}
    results: dict[Path, Digest] = {}

    def work(path: Path) -> None:
        results[path] = sha256_file(path)

    each(work, wanted, cores())
    return {path: results[path] for path in wanted}


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def tree_manifest(folder: Path) -> HashManifest:
    """Return the manifest of all files under a folder.

    Only folders and regular files with portable names may be there: a symbolic link, a pipe, a
    device, a name that is not UTF-8 or not portable is `UntrustedError`. Raises `OSError` as
    reading does.
    """
    files: dict[str, Digest] = {}
    for name, path in walk(folder):
        files[name] = _hash_regular(path)
    return HashManifest.of(files)


def empty_folders(folder: Path) -> list[str]:
    """Return the folders below a folder that have nothing in them, sorted: no file tells of one."""
    return sorted(
        Path(place).relative_to(folder).as_posix()
        for place, folders, files in os.walk(folder)
        if not folders and not files and Path(place) != folder
    )


def walk(folder: Path | str) -> Iterable[tuple[str, str]]:
    """Yield (relative name, path) of all regular files; anything odd is `UntrustedError`."""
    pending = [("", os.fspath(folder))]
    while pending:
        prefix, place = pending.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                name = prefix + entry.name
                try:
                    check_path(name).encode()
                except (MalformedError, UnicodeEncodeError) as error:
                    raise _odd(f"{place!r}: {entry.name!r}") from error
                if entry.is_dir(follow_symlinks=False):
                    pending.append((name + "/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield name, entry.path
                else:
                    raise _odd(entry.path)


def open_regular(path: Path | str) -> int:
    """Open a file to copy or hash; only a regular file, never through a symbolic link.

    Raises `UntrustedError` for a link, pipe, device or folder, `OSError` as `open` does.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise _odd(path) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _odd(path)
    return handle


def read_small(path: Path | str, limit: int) -> bytes:
    """Return a regular file's bytes, for many small files: in most cases it is read by one call.

    Raises `OSError` as `open` does, and for a link, for what is no regular file, and for one that
    has more than `limit` bytes.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if found.st_size > limit:
            raise OSError(errno.EFBIG, f"it has more than {limit} bytes", str(path))
        parts = [os.read(handle, found.st_size + 1)]
        while len(parts[-1]) and sum(map(len, parts)) != found.st_size:
            parts.append(os.read(handle, BUFFER))
        return b"".join(parts)
    finally:
        os.close(handle)


def _hash_regular(path: str) -> Digest:
    handle = open_regular(path)
    try:
        return hash_open(handle)
    finally:
        os.close(handle)


def _odd(place: Path | str) -> UntrustedError:
    return UntrustedError(
        "this is no plain file with a portable name: links, pipes and devices are no evidence",
        where=str(place),
        todo="leave plain files and folders there, nothing else",
    )
