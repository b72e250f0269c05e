"""What a store can do: objects by digest, names made once, journals, leases.

State is the fold of a run's journal over these objects; nothing else is state. Any backend that
keeps these promises will do (local files, object storage with conditional writes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pipeline.core.canonical import Digest

MAX_OBJECT = 64 * 1024 * 1024
"""Largest object that `get` reads into memory unless told otherwise, in bytes."""


class Lease(Protocol):
    """The right to change what a name stands for, held by one process at a time.

    `token` rises with each lease of a name and never repeats: whoever sees a newer token refuses
    an older one, so a holder that was believed dead can do no harm when it wakes.
    """

    @property
    def name(self) -> str:
        """What is leased."""
        ...

    @property
    def token(self) -> int:
        """The lease's number, from 1."""
        ...

    def release(self) -> None:
        """Give the lease back; a second call does nothing."""
        ...

    def __enter__(self) -> Self:
        """Return the lease."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lease back."""
        ...


class Store(Protocol):
    """Where facts are kept. What a call returns from is durable.

    All may raise `EnvironmentFailedError` (1) when the machine refuses; nothing half-written is
    left or believed then.
    """

    def put(self, data: bytes) -> Digest:
        """Keep bytes; return their digest."""
        ...

    def put_all(self, items: Sequence[bytes | Path]) -> list[tuple[Digest, int]]:
        """Keep several objects in one batch; return digest and size of each, in order.

        Files are hashed while they are copied; what is no regular file is `UntrustedError` (11).
        """
        ...

    def get(self, digest: Digest, *, limit: int = MAX_OBJECT) -> bytes:
        """Return an object's bytes, verified; absent, changed, larger than `limit`: 11."""
        ...

    def copy_to(self, digest: Digest, path: Path) -> None:
        """Copy an object to a new file, hashing while copying; absent or changed: 11.

        The copy shares nothing with the store; a copy that fails is removed.
        """
        ...

    def local_path(self, digest: Digest) -> Path:
        """Return a file with the object, for readers that hash by themselves; absent: 11."""
        ...

    def has(self, digest: Digest) -> bool:
        """Tell whether an object is there (not whether it is intact)."""
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Set a name if nothing stands under it yet; tell whether this call did.

        Names are portable relative paths (`MalformedError` else).
        """
        ...

    def read(self, name: str) -> bytes | None:
        """Return what stands under a name, or None."""
        ...

    def names(self, prefix: str) -> list[str]:
        """Return the names that start with a prefix, sorted."""
        ...

    def read_journal(self, run: str) -> bytes:
        """Return a run's journal as it lies there, perhaps with an unterminated last line."""
        ...

    def append(self, run: str, line: bytes, *, expected: Digest | None, lease: Lease) -> None:
        """Add an entry to a run's journal: one JSON object with `entry_hash`, without newline.

        `expected` is the `entry_hash` of the last complete line, None if there is none. An
        unterminated tail is cut first. Another head, a lease that was given back or whose token is
        not the newest: `ConflictError` (14), nothing written.
        """
        ...

    def lease(self, name: str) -> Lease:
        """Take a lease at once; taken: `ConflictError` (14), naming its holder."""
        ...

    def holder(self, name: str) -> str | None:
        """Return who holds a lease at this moment, in words; `None` when nobody does."""
        ...

    def fingerprints(self, run: str) -> Mapping[str, object]:
        """Return a cheap mark of each object, each name and this run's journal.

        Equal marks mean that it was not touched. What others add later is not in an earlier answer.
        """
        ...
