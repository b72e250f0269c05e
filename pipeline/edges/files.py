"""Local files: written whole or not at all, copied while hashed, removed for good.

Order of every lasting write: temporary file, `fsync`, rename, `fsync` of the folder. A reader thus
sees the old state or the new one, also after a power cut. What the disk refuses (full, read-only,
no permission) is `EnvironmentFailedError`: nothing counts as failed, the command can be repeated.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.core.canonical import Digest, check_path
from pipeline.edges.hashing import (
    copy_hashed,
    hash_files,
    hash_open,
    open_regular,
    sha256_file,
    tree_manifest,
)
from pipeline.edges.threads import each
from pipeline.errors import EnvironmentFailedError, UntrustedError

__all__ = [
    "disk_errors",
    "hash_files",
    "keep_out_of_git",
    "make_folder",
    "remove_tree",
    "replace_folder",
    "sha256_file",
    "sync_folder",
    "tree_manifest",
    "write_atomically",
    "write_new",
    "write_private",
    "write_tree",
]

_ALL = b"*\n"
BATCH = 128
"""Files held open at once while a batch is written."""
SYNCS = 8
"""Calls of `fsync` that wait for the disk at the same time: one flush serves many of them."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TODO = {
    errno.ENOSPC: "free some space there and run the same command again",
    errno.EDQUOT: "free some space there and run the same command again",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f`) and run the same command again",
    errno.EACCES: "make it accessible to this user and run the same command again",
    errno.EPERM: "make it accessible to this user and run the same command again",
    errno.EROFS: "make the file system writable and run the same command again",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`) and run the same command again",
}


@contextlib.contextmanager
def disk_errors(where: Path | str) -> Iterator[None]:
    """Turn an `OSError` of the block into `EnvironmentFailedError` with its three lines."""
    try:
        yield
    except OSError as error:
        place = where if error.filename is None else error.filename
        raise EnvironmentFailedError(
            f"this machine refused: {error.strerror or error}",
            where=str(place),
            todo=_TODO.get(
                error.errno or 0, "mend what is named above, run the same command again"
            ),
        ) from error


def sync_folder(folder: Path | str) -> None:
    """Make the folder's entries durable (`fsync` of the folder)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, durably; an existing one is left as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with disk_errors(folder):
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
        sync_folder(folder.parent)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that it is there whole and durable, or the old one stays.

    Raises `EnvironmentFailedError` when the disk refuses; no temporary file is left then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with disk_errors(path):
        try:
            handle = os.open(temporary, _NEW, 0o600)
            try:
                _write_all(handle, data)
                os.fchmod(handle, mode)
                os.fsync(handle)
            finally:
                os.close(handle)
            temporary.replace(path)
            sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def keep_out_of_git(folder: Path) -> None:
    """Tell git, in a folder that it makes, to leave it all alone; what a kill cut is mended.

    No temporary file: one that a kill left there would be no ignored file yet.
    """
    mark = folder / ".gitignore"
    with disk_errors(mark):
        if not mark.is_file() or mark.read_bytes() != _ALL:
            make_folder(folder)
            mark.write_bytes(_ALL)


def write_new(items: Sequence[tuple[Path, bytes | Path]], mode: int) -> list[tuple[Digest, int]]:
    """Write files that do not exist yet and make them durable; return digest and size of each.

    A `Path` is copied, and hashed while it is copied. All are written before the first `fsync`, and
    the `fsync`s of a batch wait for the disk together instead of one after the other. Raises
    bare `OSError` (callers say where) and `UntrustedError` for a source that is no regular file.
    """
    results: list[tuple[Digest, int]] = []
    made: list[Path] = []
    try:
        for start in range(0, len(items), BATCH):
            results += _write_batch(items[start : start + BATCH], mode, made)
    except BaseException:
        for path in made:  # never one that was there before
            path.unlink(missing_ok=True)
        raise
    return results


def _write_batch(
    items: Sequence[tuple[Path, bytes | Path]], mode: int, made: list[Path]
) -> list[tuple[Digest, int]]:
    results: list[tuple[Digest, int]] = []
    handles: list[int] = []
    try:
        for path, content in items:
            handles.append(os.open(path, _NEW, 0o600))
            made.append(path)
            results.append(_fill(handles[-1], content))
            os.fchmod(handles[-1], mode)
        each(os.fsync, handles, SYNCS)
    finally:
        for handle in handles:
            os.close(handle)
    return results


def _fill(handle: int, content: bytes | Path) -> tuple[Digest, int]:
    if isinstance(content, bytes):
        _write_all(handle, content)
        return Digest.of(content), len(content)
    source = open_regular(content)
    try:
        return copy_hashed(source, handle)
    finally:
        os.close(source)


def write_tree(
    folder: Path,
    files: Mapping[str, bytes | Path],
    mode: int = 0o644,
    *,
    earlier: tuple[Path, Mapping[str, Digest]] | None = None,
) -> dict[str, Digest]:
    """Write files under a folder (made if absent), durably; return the digest of each.

    Keys are portable relative paths (`MalformedError` else); a file that exists already is refused.
    `earlier` is a folder that this one is about to replace, with the digests that are wanted: a
    file of it that has the wanted bytes, hashed now, is moved over by a link instead of a copy.
    """
    folders = {folder}
    items: dict[str, tuple[Path, bytes | Path]] = {}
    digests: dict[str, Digest] = {}
    with disk_errors(folder):
        make_folder(folder)
        for name, content in files.items():
            path = folder / check_path(name)
            above = path.parent
            above.mkdir(parents=True, exist_ok=True)
            while above not in folders:
                folders.add(above)
                above = above.parent
            if earlier is not None and _moved_over(earlier[0] / name, path, mode, earlier[1][name]):
                digests[name] = earlier[1][name]
            else:
                items[name] = (path, content)
        written = write_new(list(items.values()), mode)
        each(sync_folder, folders, SYNCS)
    return digests | {name: digest for name, (digest, _) in zip(items, written, strict=True)}


def _moved_over(source: Path, target: Path, mode: int, wanted: Digest) -> bool:
    """Link a file to a new place if it is ours, of this mode, linked nowhere else and as wanted."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # absent, or links are not to be had here: it is copied
        return False
    good = False
    try:
        handle = open_regular(target)
        try:
            found = os.fstat(handle)
            alone = found.st_nlink == len((source, target)) and found.st_uid == os.geteuid()
            good = alone and stat.S_IMODE(found.st_mode) == mode and hash_open(handle) == wanted
        finally:
            os.close(handle)
    except UntrustedError:  # a link, a pipe: inspected by who asked, copied here
        good = False
    finally:
        if not good:
            target.unlink()
    return good


def write_private(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write new files of a private folder; nothing is made durable.

    For folders that only this process and its step know, and that nobody believes after a crash.
    """
    with disk_errors(folder):
        for name, content in files.items():
            path = folder / check_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, _NEW, 0o644)
            try:
                _write_all(handle, content)
            finally:
                os.close(handle)


def replace_folder(new: Path, old: Path) -> None:
    """Move the folder `new` to the place of `old`; what stood there is removed.

    Killed in between, `old` is absent and never mixed; the next call removes what was moved away.
    """
    with disk_errors(old):
        for leftover in old.parent.glob(f".{old.name}.*.old"):
            remove_tree(leftover)
        away = old.with_name(f".{old.name}.{secrets.token_hex(8)}.old")
        with contextlib.suppress(FileNotFoundError):
            old.rename(away)
        new.rename(old)
        sync_folder(old.parent)
        if new.parent != old.parent:
            sync_folder(new.parent)
        remove_tree(away)


def remove_tree(path: Path) -> None:
    """Remove a file or folder with all that is in it, read-only or not; absent is fine."""
    with disk_errors(path):
        if path.is_symlink() or path.is_file():
            path.unlink(missing_ok=True)
            return
        if not path.is_dir():
            return
        try:
            shutil.rmtree(path)
        except PermissionError:
            for folder, _, _ in os.walk(path):
                Path(folder).chmod(0o700)
            shutil.rmtree(path)
