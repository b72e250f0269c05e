"""A lease on a local file: `flock` says who holds it, a file beside it how many there were."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.edges import clock
from pipeline.edges.files import write_atomically
from pipeline.errors import ConflictError, UntrustedError

GLANCE = 0.05
"""Seconds: longer than a look at who holds a lease takes."""


class LocalLease:
    """A lease that this process holds until it releases it or dies."""

    def __init__(self, *, name: str, token: int, folder: Path, handle: int) -> None:
        """Take over an open file on which the lock is held."""
        self.name = name
        self.token = token
        self.folder = folder
        self._handle = handle

    @property
    def held(self) -> bool:
        """Whether the lease was not given back yet."""
        return self._handle >= 0

    def release(self) -> None:
        """Give the lease back; a second call does nothing."""
        if self.held:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def __enter__(self) -> Self:
        """Return the lease."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lease back."""
        self.release()


def take_lease(root: Path, name: str, flat: str) -> LocalLease:
    """Take the lease at once; its token is durable before it is handed out.

    Raises `ConflictError` when it is taken, `OSError` when the disk refuses.
    """
    place = root / "leases" / f"{flat}.lock"
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        _lock(handle)
        token = newest_token(root / "leases", flat) + 1
        holder = {
            "name": name,
            "token": token,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": clock.now(),
        }
        _sweep(root / "leases", flat)
        write_atomically(_record(root / "leases", flat), json.dumps(holder).encode() + b"\n")
    except BlockingIOError as error:
        os.close(handle)
        raise _taken(root, name, flat) from error
    except BaseException:
        os.close(handle)
        raise
    return LocalLease(name=name, token=token, folder=root, handle=handle)


def _lock(handle: int) -> None:
    """Take the lock; who only looks (`lease_holder`) has it for an instant, so look twice."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(GLANCE)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lease_holder(root: Path, flat: str) -> str | None:
    """Return who holds a lease at this moment; nothing is written, `OSError` as the disk has it.

    The lock is only tried where the process on record is not known to be gone: whoever takes the
    lease in that moment would be refused.
    """
    record = _read(root / "leases", flat)
    host, pid = record.get("host"), record.get("pid")
    here = host == socket.gethostname()
    if not record or (here and isinstance(pid, int) and not _lives(pid)):
        return None
    handle = os.open(root / "leases" / f"{flat}.lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return f"process {pid}" if here else f"process {pid} on {host}"
    finally:
        os.close(handle)
    return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sweep(leases: Path, flat: str) -> None:
    """Remove what a killed holder left half written; who holds the lock is alone here."""
    for leftover in leases.iterdir():
        if leftover.name.startswith(f".{flat}.json.") and leftover.suffix == ".tmp":
            leftover.unlink()


def newest_token(leases: Path, flat: str) -> int:
    """Return the number of the newest lease of a name, 0 if there was none."""
    return int(_read(leases, flat).get("token", 0))


def _record(leases: Path, flat: str) -> Path:
    return leases / f"{flat}.json"


def _read(leases: Path, flat: str) -> dict[str, Any]:
    place = _record(leases, flat)
    try:
        value = json.loads(place.read_bytes())
        return {**value, "token": int(value["token"])}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError) as error:
        raise UntrustedError(
            f"the lease's record cannot be read: {error}",
            where=str(place),
            todo="restore it from a copy, with a token higher than any that was handed out",
        ) from error


def _taken(root: Path, name: str, flat: str) -> ConflictError:
    holder = _read(root / "leases", flat)
    who = "process {pid} on {host} since {since}".format_map(
        {key: holder.get(key, "unknown") for key in ("pid", "host", "since")}
    )
    return ConflictError(
        f"{name!r} is being worked on by {who}",
        where=str(root / "leases" / f"{flat}.lock"),
        todo="wait until it is done, or end that process; the lease frees itself then",
    )
