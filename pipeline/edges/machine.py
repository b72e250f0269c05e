"""This machine, as `doctor` looks at it: programs, room on the disk, writable folders."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from pipeline.edges import command

TIMEOUT = 20.0
"""Seconds that a program may take to tell its version."""


def python_version() -> tuple[int, int]:
    """Return the version of the Python that runs this."""
    return sys.version_info[0], sys.version_info[1]


def program(name: str, *arguments: str) -> str | None:
    """Return what a program on PATH answers to these arguments; `None` if it cannot be run."""
    found = shutil.which(name)
    if found is None:
        return None
    try:
        done = command.run(
            [found, *arguments], cwd=Path("/"), env={"PATH": os.environ["PATH"]}, timeout=TIMEOUT
        )
    except OSError:
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if done.code == 0 and lines else None


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def refusal(folder: Path) -> str | None:
    """Return why no file can be written in a folder (or above it, if it is not there yet)."""
    try:
        with tempfile.TemporaryFile(dir=existing(folder)) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def room(folder: Path) -> int:
    """Return the bytes that are free for this user where a folder is or will be."""
    return shutil.disk_usage(existing(folder)).free
