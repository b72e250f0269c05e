"""The store in a local folder: plain files, made durable in order, locked with `flock`.

    objects/HEX          content-addressed, mode 0444        names/NAME      `/` written as `%2F`
    journals/RUN.jsonl   only ever added to                  tmp/            not yet in place
    leases/NAME.lock     flock: a killed holder frees it     leases/NAME.json   token and holder

Flat folders: one `fsync` makes a batch's entries durable, however many there are. Writers share a
lock on `tmp/`; who gets it alone knows that whatever lies there was left by a killed process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.core.canonical import Digest
from pipeline.edges.files import (
    disk_errors,
    keep_out_of_git,
    make_folder,
    sync_folder,
    write_new,
)
from pipeline.edges.hashing import copy_hashed, open_regular
from pipeline.edges.store.journal_file import append_line
from pipeline.edges.store.layout import content, deep, flat, mark
from pipeline.edges.store.local_lease import LocalLease, lease_holder, newest_token, take_lease
from pipeline.edges.store.protocol import MAX_OBJECT, Lease
from pipeline.errors import ConflictError, UntrustedError

_FOLDERS = ("objects", "names", "journals", "leases", "tmp")


class LocalStore:
    """A `Store` in a folder of this machine; made on the first write."""

    def __init__(self, root: Path) -> None:
        """Take the folder; nothing is read or written yet."""
        self.root = root
        self._objects = root / "objects"
        self._names = root / "names"
        self._tmp = root / "tmp"
        self._ready = False

    # ------------------------------------------------------------ objects

    def put(self, data: bytes) -> Digest:
        """Keep bytes (see `Store`)."""
        return self.put_all([data])[0][0]

    def put_all(self, items: Sequence[bytes | Path]) -> list[tuple[Digest, int]]:
        """Keep a batch: all temporary files, their fsyncs, all renames, one fsync of the folder."""
        if not items:
            return []
        with disk_errors(self.root), self._writing():
            results: list[tuple[Digest, int] | None] = []
            fresh: list[tuple[int, Path, bytes | Path]] = []
            for index, item in enumerate(items):
                known = (Digest.of(item), len(item)) if isinstance(item, bytes) else None
                results.append(known)
                if known is None or not self._holds(*known):
                    fresh.append((index, self._temporary(), item))
            written = write_new([(path, item) for _, path, item in fresh], 0o444)
            try:
                for (index, path, _), result in zip(fresh, written, strict=True):
                    results[index] = result
                    if not self._holds(*result):
                        path.rename(self._object(result[0]))
            finally:
                for _, path, _ in fresh:
                    path.unlink(missing_ok=True)
            # also when all were there: another process may have been killed before its fsync
            sync_folder(self._objects)
        return [result for result in results if result is not None]

    def get(self, digest: Digest, *, limit: int = MAX_OBJECT) -> bytes:
        """Return an object's bytes, verified (see `Store`)."""
        with disk_errors(self.root):
            handle = self._open(digest)
            try:
                size = os.fstat(handle).st_size
                if size > limit:
                    raise self._damaged(digest, f"has {size} bytes, {limit} are allowed here")
                with os.fdopen(handle, "rb", closefd=False) as file:
                    data = file.read(limit + 1)
            finally:
                os.close(handle)
        if Digest.of(data) != digest:
            raise self._damaged(digest, "was changed after it was stored")
        return data

    def copy_to(self, digest: Digest, path: Path) -> None:
        """Copy an object to a new file, hashing while copying (see `Store`)."""
        with disk_errors(path):
            source = self._open(digest)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                target = os.open(path, flags, 0o644)
                try:
                    copied, _ = copy_hashed(source, target)
                except BaseException:
                    path.unlink()
                    raise
                finally:
                    os.close(target)
            finally:
                os.close(source)
            if copied != digest:
                path.unlink()
                raise self._damaged(digest, "was changed after it was stored")

    def local_path(self, digest: Digest) -> Path:
        """Return the object's file; its content is not verified here (see `Store`)."""
        place = self._object(digest)
        if not place.is_file():
            raise self._damaged(digest, "is not in the store")
        return place

    def has(self, digest: Digest) -> bool:
        """Tell whether an object is there (see `Store`)."""
        return self._object(digest).is_file()

    # ------------------------------------------------------------ names

    def create(self, name: str, data: bytes) -> bool:
        """Set a name if nothing stands under it yet, by a hard link, which never replaces."""
        place = self._names / flat(name, self._names)
        with disk_errors(place), self._writing():
            temporary = self._temporary()
            write_new([(temporary, data)], 0o444)
            try:
                os.link(temporary, place)
                created = True
            except FileExistsError:
                created = False
            finally:
                temporary.unlink(missing_ok=True)
            sync_folder(self._names)
        return created

    def read(self, name: str) -> bytes | None:
        """Return what stands under a name, or None (see `Store`)."""
        place = self._names / flat(name, self._names)
        with disk_errors(place):
            try:
                handle = open_regular(place)
            except FileNotFoundError:
                return None
            with os.fdopen(handle, "rb") as file:
                return file.read()

    def names(self, prefix: str) -> list[str]:
        """Return the names that start with a prefix, sorted (see `Store`)."""
        with disk_errors(self._names):
            try:
                found = [deep(place.name) for place in self._names.iterdir()]
            except FileNotFoundError:
                return []
        return sorted(name for name in found if name.startswith(prefix))

    # ------------------------------------------------------------ journals and leases

    def read_journal(self, run: str) -> bytes:
        """Return a run's journal as it lies there, `b""` if there is none (see `Store`)."""
        place = self._journal(run)
        with disk_errors(place):
            try:
                handle = open_regular(place)
            except FileNotFoundError:
                return b""
            with os.fdopen(handle, "rb") as file:
                return file.read()

    def append(self, run: str, line: bytes, *, expected: Digest | None, lease: Lease) -> None:
        """Add an entry behind the expected head under the newest lease (see `Store`)."""
        place = self._journal(run)
        with disk_errors(place):
            self._prepare()
            newest = newest_token(self.root / "leases", flat(lease.name, self.root))
            mine = isinstance(lease, LocalLease) and lease.held and lease.folder == self.root
            if not mine or lease.token != newest:
                raise ConflictError(
                    f"lease {lease.token} of {lease.name!r} no longer counts (newest: {newest})",
                    where=str(place),
                    todo="another promotion took over; look at `invoke status`, then run again",
                )
            append_line(place, line, expected)

    def lease(self, name: str) -> LocalLease:
        """Take a lease at once, and sweep what killed writers left (see `Store`)."""
        with disk_errors(self.root):
            self._prepare()
            lease = take_lease(self.root, name, flat(name, self.root))
            self._sweep()
        return lease

    def holder(self, name: str) -> str | None:
        """Return the process that holds a lease now (see `Store`)."""
        with disk_errors(self.root):
            return lease_holder(self.root, flat(name, self.root))

    def fingerprints(self, run: str) -> dict[str, object]:
        """Return the mark of every object, every name and this run's journal (see `Store`)."""
        marks: dict[str, object] = {}
        journal = f"{flat(run, self.root)}.jsonl" if run else ""
        with disk_errors(self.root):
            for folder, look in (("objects", mark), ("names", content), ("journals", mark)):
                with (
                    contextlib.suppress(FileNotFoundError),
                    os.scandir(self.root / folder) as found,
                ):
                    for entry in found:
                        if folder != "journals" or entry.name == journal:
                            marks[f"{folder}/{entry.name}"] = look(entry)
        return marks

    # ------------------------------------------------------------ inside

    def _object(self, digest: Digest) -> Path:
        return self._objects / digest.hex

    def _journal(self, run: str) -> Path:
        return self.root / "journals" / f"{flat(run, self.root)}.jsonl"

    def _temporary(self) -> Path:
        return self._tmp / secrets.token_hex(16)

    def _open(self, digest: Digest) -> int:
        try:
            return open_regular(self._object(digest))
        except FileNotFoundError as error:
            raise self._damaged(digest, "is not in the store") from error

    def _holds(self, digest: Digest, size: int) -> bool:
        """Tell whether the object is there; one of another size is evidence tampered with."""
        try:
            found = os.lstat(self._object(digest))
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            raise self._damaged(digest, "was changed after it was stored")
        return True

    def _damaged(self, digest: Digest, what: str) -> UntrustedError:
        return UntrustedError(
            f"the object {digest} {what}",
            where=str(self._object(digest)),
            todo="restore that file from a copy of the store; its name is its SHA-256",
        )

    def _prepare(self) -> None:
        if self._ready:
            return
        for folder in _FOLDERS:
            make_folder(self.root / folder)
        keep_out_of_git(self.root)
        self._ready = True

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold a share of `tmp/`, so that no sweep takes away what is being written."""
        self._prepare()
        handle = os.open(self._tmp, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)

    def _sweep(self) -> None:
        """Remove temporary files of killed processes; with a writer at work, leave it be."""
        handle = os.open(self._tmp, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for leftover in self._tmp.iterdir():
                leftover.unlink(missing_ok=True)
        except BlockingIOError:
            return
        finally:
            os.close(handle)
