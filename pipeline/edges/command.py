"""Runs a program to its end: argument list, its own environment, nothing on stdin, bounded time."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TIMED_OUT = -1
"""The exit code that stands for a program that was stopped because its time was up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a program ended: exit code, what it wrote."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """The last lines that it wrote, stderr first: what a person wants to see of a failure."""
        lines = [line for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        return "; ".join(line.strip() for line in lines[-3:]) or f"exit {self.code}"


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    umask: int = 0o022,
) -> Done:
    """Run a program in a process group of its own; after `timeout` seconds the group is killed.

    A program that does not exist raises `OSError`.
    """
    with subprocess.Popen(
        list(arguments),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        umask=umask,
        process_group=0,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            note = f"stopped after {timeout:g} s"
            text = f"{stderr.decode('utf-8', 'replace')}\n{note}".strip()
            return Done(code=TIMED_OUT, stdout=stdout.decode("utf-8", "replace"), stderr=text)
    return Done(
        code=process.returncode,
        stdout=stdout.decode("utf-8", "replace"),
        stderr=stderr.decode("utf-8", "replace"),
    )
