"""A service process on loopback: started on a port of its own, asked for its health, stopped.

A service starts in a small environment (nothing of ours but what it is told) and a folder that is
not the checkout, so that it runs what is installed and nothing else. `detached` services outlive us
in their own session; others die with the process that started them.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.config import Health, Service
from pipeline.edges import process_identity
from pipeline.edges.http import LoopbackClient, NoAnswerError
from pipeline.edges.process_identity import MARKER, ProcessId
from pipeline.errors import StepFailedError

HOST = "127.0.0.1"
GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
TRIES = 3
"""How many ports are tried: a free one may be taken before the service has it."""
_POLL = 0.02
_LEASH = (
    "import ctypes,os,sys\n"
    "ctypes.CDLL(None).prctl(1, 9)\n"  # PR_SET_PDEATHSIG, SIGKILL: prctl(2)
    "if os.getppid() != int(sys.argv[1]): sys.exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)
_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this process started, so that what has ended is reaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start: the service, its interpreter, its variables, its folder, its log."""

    service: Service
    health: Health
    python: Path
    variables: Mapping[str, str]
    folder: Path
    log: Path
    marker: str
    detached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that was healthy: where it answers and which process it is."""

    url: str
    process: ProcessId
    marker: str


def new_marker(prefix: str) -> str:
    """Return a marker that no other process has."""
    return f"{prefix}{secrets.token_hex(8)}"


def start(launch: Launch) -> Running:
    """Start a service and wait until it is healthy.

    Raises `StepFailedError` when it ends or is not healthy in time; it is stopped then.
    """
    process_identity.need_linux()
    until = time.monotonic() + launch.health.timeout
    reason = "it did not start"
    for _ in range(TRIES):
        port = _free_port()
        child = _spawn(launch, port)
        healthy = False
        try:
            reason = _wait(launch, port, child, until)
            found = process_identity.identify(child.pid)
            healthy = not reason and found is not None
        finally:
            if not healthy:
                stop(launch.marker)
        if healthy and found is not None:
            return Running(url=f"http://{HOST}:{port}", process=found, marker=launch.marker)
        if time.monotonic() > until or child.poll() != 1:
            break
    raise StepFailedError(
        f"the service did not become healthy: {reason}{_tail(launch.log)}",
        where=f"its log, {launch.log}",
        todo="read the log, mend the release and promote a new version",
    )


def stop(marker: str, process: ProcessId | None = None, *, grace: float = GRACE) -> None:
    """Stop a service and whatever it started; one that is gone is fine, a foreign one is let be."""
    if process is not None:
        process_identity.stop(process, grace=grace)
    process_identity.stop_marked(marker, grace=grace)
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            del _children[pid]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _spawn(launch: Launch, port: int) -> subprocess.Popen[bytes]:
    filled = {"python": str(launch.python), "host": HOST, "port": str(port)}
    command = [word.format(**filled) for word in launch.service.command]
    if not launch.detached:
        command = [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid()), *command]
    environment = {
        "HOME": str(launch.folder),
        "LANG": "C.UTF-8",
        "PATH": f"{launch.python.parent}:{os.defpath}",
        "PYTHONDONTWRITEBYTECODE": "1",  # what is installed stays as it was measured
        "PYTHONSAFEPATH": "1",  # never import from the folder it happens to stand in
        "PYTHONUNBUFFERED": "1",
        **launch.variables,
        MARKER: launch.marker,
    }
    with launch.log.open("ab") as log:
        child = subprocess.Popen(
            command,
            cwd=launch.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=launch.detached,
        )
    _children[child.pid] = child
    return child


def _wait(launch: Launch, port: int, child: subprocess.Popen[bytes], until: float) -> str:
    """Wait for health; return an empty text, or why there is none."""
    reason = "it did not answer in time"
    with LoopbackClient(f"http://{HOST}:{port}", timeout=2.0) as client:
        while time.monotonic() < until:
            if child.poll() is not None:
                return f"it ended with exit code {child.returncode}"
            try:
                status = client.request("GET", launch.health.path).status
            except NoAnswerError as error:
                reason = str(error)
            else:
                if status == 200:  # noqa: PLR2004 - HTTP's OK
                    ours = process_identity.listens(launch.marker, port)
                    return "" if ours else "another process has its port"
                reason = f"its health check answers {status}"
            time.sleep(_POLL)
    return reason


def _tail(log: Path) -> str:
    """Return the last words of a log, on one line."""
    lines = log.read_bytes()[-2000:].decode(errors="replace").split("\n")
    said = [line.strip()[:200] for line in lines if line.strip()][-2:]
    return f"; it said: {' | '.join(said)}" if said else ""
