"""The processes of a step: ended together, also when the one that watches over them is killed.

A step runs in a session of its own. Whatever it starts stays in that session, in whatever process
group, unless it leaves it on purpose (`start_new_session`, as a target's service does).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

LIFELINE = "RELEASE_LADDER_LIFELINE"
"""Environment variable for `watch_lifeline`: file descriptor to read, session never to end."""
_PR_SET_PDEATHSIG = 1
_ROUNDS = 20


def kill_session(session: int) -> None:
    """Send SIGKILL to every process of a session but this one, until none is left.

    Linux reads `/proc`; elsewhere only the process group of that number is reached.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if session != os.getpgrp():
            os.killpg(session, signal.SIGKILL)
    if not Path("/proc/self").exists():
        return
    seen: set[int] = set()
    for _ in range(_ROUNDS):  # one that forks while we look is found in the next round
        found = {pid for pid in _members(session) if pid not in seen}
        if not found:
            return
        for pid in found:
            _kill_member(pid, session)
        seen |= found


def _members(session: int) -> list[int]:
    members = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - iterdir takes three times as long
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getsid(int(name)) == session:
                    members.append(int(name))
    return members


def _kill_member(pid: int, session: int) -> None:
    """Kill through a pidfd, so that a number which was given away meanwhile is not hit."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        handle = os.pidfd_open(pid)
        try:
            if os.getsid(pid) == session:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def watch_lifeline() -> None:
    """End this process's session when the process that started it is gone, killed or not.

    Called once, by the main thread of a step's process, before anything else. A thread blocks on
    the pipe whose other end only the starter holds; the kernel's parent-death signal (Linux) is
    there for the case that a fork of the starter still holds it. Without `LIFELINE` in the
    environment nothing is watched.
    """
    number, _, starter = os.environ.pop(LIFELINE, "").partition(",")
    if not number.isdigit() or starter in {"", str(os.getsid(0))}:
        return
    handle = int(number)
    os.set_inheritable(handle, False)  # noqa: FBT003 - positional only

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(handle, 1):
                pass
        _end()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
    if sys.platform == "linux":
        # not SIGKILL: this process must live long enough to take the others with it
        signal.signal(signal.SIGHUP, _on_parent_death)
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP, 0, 0, 0)


def _on_parent_death(_number: int, _frame: FrameType | None) -> None:
    _end()


def _end() -> None:
    kill_session(os.getsid(0))
    os.killpg(0, signal.SIGKILL)
