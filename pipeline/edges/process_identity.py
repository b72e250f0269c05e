"""Which process is which: recognised by boot, pid and start time, signalled through a pidfd.

A pid alone says nothing: it is used again, at the latest after a reboot. A process is ours when
boot id, pid and start time are those that we noted, or when its environment carries our marker.
Signals go through a pidfd that is opened before the look, so that no foreign process is ever hit
(pidfd_open(2)).
Linux only: elsewhere `EnvironmentFailedError` says so.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import EnvironmentFailedError

MARKER = "RELEASE_LADDER_SERVICE"
"""The variable in the environment of every service that we start; children inherit it."""
_PROC = Path("/proc")
_START_TIME = 19
"""Index of `starttime` among the fields of /proc/PID/stat behind the name (proc(5), field 22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """A process, for as long as this machine is not started again and after that too."""

    boot: str
    pid: int
    started: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"boot": self.boot, "pid": self.pid, "started": self.started}


def need_linux() -> None:
    """Refuse to run services where they could not be recognised again."""
    if sys.platform != "linux" or not (_PROC / "self" / "stat").exists():
        raise EnvironmentFailedError(
            "services are started and recognised through Linux's /proc and pidfd",
            where=sys.platform,
            todo="run the local target on Linux, or take a ladder whose target has another driver",
        )


def identify(pid: int) -> ProcessId | None:
    """Return who runs under a pid now; `None` for nobody, or a process that has ended."""
    state, started = _stat(pid)
    if state in {"", "Z", "X"}:
        return None
    return ProcessId(boot=_boot(), pid=pid, started=started)


def alive(process: ProcessId) -> bool:
    """Tell whether this very process still runs."""
    return identify(process.pid) == process


def stop(process: ProcessId, *, grace: float) -> None:
    """End a process: SIGTERM, after `grace` seconds SIGKILL. Gone, or foreign by now, is fine."""
    try:
        handle = os.pidfd_open(process.pid)
    except (ProcessLookupError, OSError):
        return
    try:
        if identify(process.pid) != process:
            return
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], seconds)[0]:
                return
    finally:
        os.close(handle)


def marked(prefix: str) -> Iterator[tuple[ProcessId, str]]:
    """Yield every living process of this user whose marker begins so, with its marker."""
    wanted = f"{MARKER}={prefix}".encode()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            for variable in (entry / "environ").read_bytes().split(b"\0"):
                found = identify(int(entry.name)) if variable.startswith(wanted) else None
                if found is not None:
                    yield found, variable.decode(errors="replace").partition("=")[2]


def stop_marked(prefix: str, *, keep: str | None = None, grace: float = 3.0) -> int:
    """End every process whose marker begins so, but for one marker; return how many there were."""
    found = [process for process, marker in marked(prefix) if marker != keep]
    for process in found:
        stop(process, grace=grace)
    return len(found)


def listens(prefix: str, port: int) -> bool:
    """Tell whether a process with such a marker holds the listening TCP socket of a port."""
    inodes = set(_listening(port))
    for process, _ in marked(prefix):
        with contextlib.suppress(OSError):
            for link in (_PROC / str(process.pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(link.readlink()) in inodes:
                        return True
    return False


def _listening(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{fields[9]}]"


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _stat(pid: int) -> tuple[str, str]:
    """Return state and start time (clock ticks since boot) of a pid; empty texts for nobody."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[_START_TIME]


def wait_gone(process: ProcessId, *, seconds: float) -> bool:
    """Wait until a process has ended; tell whether it has."""
    until = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
