"""Runs a step's process: no shell, no terminal, its own session, a log, an end.

1. The argument list is run as it is; stdin is empty; stdout and stderr go to the log as they come.
2. The environment is the one handed in, nothing else.
3. When the process has ended, so has everything it started and left in its session.
4. Out of time or told to stop: SIGTERM to its group, then SIGKILL to its session.
5. If this process is killed, the step's process notices (`watch_lifeline`) and ends its session.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from pipeline.edges.clock import stopwatch
from pipeline.edges.files import disk_errors
from pipeline.edges.process_tree import LIFELINE, kill_session, watch_lifeline
from pipeline.errors import EnvironmentFailedError

__all__ = ["LIFELINE", "Outcome", "StopFlag", "environment", "run", "watch_lifeline"]

MAX_LOG = 16 * 1024 * 1024
"""Bytes of output that a log keeps; the rest is dropped, and the log says so."""
MAX_LINE = 4096
"""Bytes of one line that are shown; the log has all of it."""
GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""
_CHUNK = 64 * 1024
_PIPE = 1024 * 1024  # the largest pipe that Linux makes without privileges
_TICK = 0.1
_SIGNALLED = 128

_HANDED_ON = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "XDG_CACHE_HOME",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
        "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "PIP_CACHE_DIR", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT",
        "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_PROXY",
        "PIP_RETRIES", "PIP_TRUSTED_HOST",
        "UV_CACHE_DIR", "UV_CONCURRENT_DOWNLOADS", "UV_CONFIG_FILE", "UV_DEFAULT_INDEX",
        "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_HTTP_TIMEOUT", "UV_INDEX", "UV_INDEX_STRATEGY",
        "UV_INDEX_URL", "UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_NO_INDEX", "UV_OFFLINE",
        "UV_PYTHON_INSTALL_DIR", "UV_SYSTEM_CERTS",
    }
)  # fmt: skip


class StopFlag(Protocol):
    """What tells a run to stop, e.g. a `threading.Event`."""

    def is_set(self) -> bool:
        """Tell whether to stop."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a process ended. Ended by signal N: exit code 128 + N, as shells say it."""

    exit_code: int
    timed_out: bool
    interrupted: bool
    seconds: float


def environment(extra: Mapping[str, str], *, named: Collection[str] = ()) -> dict[str, str]:
    """Return the small environment of a step: what a package client, a proxy, a certificate store
    and a locale need of ours, what is `named` (a target's environment contract), and `extra`
    (`TMPDIR` belongs there: the step's scratch folder).

    A list of what is handed on, not of what is not: agents, tokens, keys and whatever comes up
    later stay behind.
    """  # noqa: D205 - one sentence, two lines
    env = {name: value for name, value in os.environ.items() if name in _HANDED_ON or name in named}
    return {**env, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **extra}


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
    stop: StopFlag | None = None,
) -> Outcome:
    """Run a program to its end, at most `timeout` seconds; see the rules at the head of this file.

    `on_line` gets each line of output without its newline. `stop` set ends it as `interrupted`;
    `KeyboardInterrupt` ends it and goes on. Raises `EnvironmentFailedError` when the program cannot
    be started or the log cannot be written.
    """
    elapsed = stopwatch()
    with disk_errors(log), _Sink(log, on_line) as sink:
        process, lifeline = _start(argv, cwd, env)
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        output = process.stdout.fileno()
        with _pidfd(process.pid) as ended:
            watch = _Watch(process, output, ended, sink)
            try:
                reason = watch.follow(timeout, stop)
                if reason:
                    watch.terminate()
            except KeyboardInterrupt:
                watch.terminate()
                raise
            finally:
                kill_session(process.pid)  # before it is reaped: its number is still its own
                code = process.wait()
                watch.drain()
                process.stdout.close()
                os.close(lifeline)
        sink.finish()
    return Outcome(
        exit_code=code if code >= 0 else _SIGNALLED - code,
        timed_out=reason == "timeout",
        interrupted=reason == "stop",
        seconds=elapsed(),
    )


def _start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the program; return it and the end of the lifeline that this process keeps."""
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**env, LIFELINE: f"{theirs},{os.getsid(0)}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            pass_fds=(theirs,),
        )
    except OSError as error:
        os.close(ours)
        raise EnvironmentFailedError(
            f"{argv[0]} cannot be started: {error.strerror or error}",
            where=str(error.filename or cwd),
            todo="install it or mend its permissions; `invoke doctor` says what is missing",
        ) from error
    finally:
        os.close(theirs)
    return process, ours


@contextlib.contextmanager
def _pidfd(pid: int) -> Iterator[int]:
    """Give a descriptor that becomes readable when the process ends; -1 where there is none."""
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux
        yield -1
        return
    try:
        yield handle
    finally:
        os.close(handle)


class _Watch:
    """Moves output to the log until the process has ended."""

    def __init__(
        self, process: subprocess.Popen[bytes], output: int, ended: int, sink: _Sink
    ) -> None:
        self._process = process
        self._output = output
        self._ended = ended
        self._sink = sink
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)
        if ended >= 0:
            self._poll.register(ended, select.POLLIN)

    def follow(self, timeout: float, stop: StopFlag | None) -> str:
        """Return `""` when the process has ended, else why it must: `timeout` or `stop`."""
        elapsed = stopwatch()
        tick = _TICK if stop is not None or self._ended < 0 else timeout
        while True:
            left = timeout - elapsed()
            if left <= 0:
                return "timeout"
            if stop is not None and stop.is_set():
                return "stop"
            ready = dict(self._poll.poll(min(left, tick) * 1000))
            if self._ended in ready or (self._ended < 0 and self._process.poll() is not None):
                return ""
            if self._output in ready:
                self._read()

    def terminate(self) -> None:
        """Ask the group to end, and wait a moment while its output still flows."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self.follow(GRACE, None)

    def drain(self) -> None:
        """Take what is still in the pipe, without waiting for one who holds it open."""
        os.set_blocking(self._output, False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(_PIPE // _CHUNK):  # not for ever: a service may go on writing to it
                self._sink.write(os.read(self._output, _CHUNK))

    def _read(self) -> None:
        chunk = os.read(self._output, _CHUNK)
        if chunk:
            self._sink.write(chunk)
        else:
            self._poll.unregister(self._output)


class _Sink:
    """The log, and the lines that are shown; both are bounded."""

    def __init__(self, log: Path, on_line: Callable[[str], None] | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(log, flags, 0o644)
        self._on_line = on_line
        self._room = MAX_LOG
        self._line = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def write(self, chunk: bytes) -> None:
        """Take output as it comes."""
        if self._room > 0:
            kept = chunk[: self._room]
            self._room -= len(kept)
            if self._room == 0:
                kept += b"\n[the log was cut here: it grew beyond %d bytes]\n" % MAX_LOG
            while kept:
                kept = kept[os.write(self._handle, kept) :]
        if self._on_line is not None:
            *lines, rest = (self._line + chunk).split(b"\n")
            self._line = rest[:MAX_LINE]
            for line in lines:
                self._on_line(line[:MAX_LINE].decode("utf-8", "replace").rstrip("\r"))

    def finish(self) -> None:
        """Show a last line that had no newline."""
        if self._on_line is not None and self._line:
            self._on_line(self._line.decode("utf-8", "replace"))
            self._line = b""
