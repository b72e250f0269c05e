"""What ratios were measured on, and the peers that are there."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

DECLARED = ("in-toto-run",)
"""Peers that the dependency group `bench` declares: without them the run fails."""
OF_THE_SYSTEM = ("openssl", "sha256sum")
"""Peers that a machine may have; absent ones are said in their rows."""


def find(peer: str) -> Path | None:
    """Return a peer's program: beside this Python first, so that the locked one counts."""
    beside = Path(sys.executable).parent / peer
    if beside.is_file():
        return beside
    found = shutil.which(peer)
    return Path(found) if found else None


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def facts(folder: Path) -> dict[str, Any]:
    """Return the machine's facts, with the file system that the measuring folder lies on."""
    return {
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "file_system": _file_system(folder),
        "peers": {peer: _version(peer) for peer in (*DECLARED, *OF_THE_SYSTEM)},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def _file_system(folder: Path) -> str:
    """Return the type of the file system under a folder: its `fsync` is part of the figures."""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8").splitlines()
    except OSError:
        return "unknown"
    mounts = [line.split()[1:3] for line in lines]
    here = folder.resolve()
    above = [(len(place), kind) for place, kind in mounts if here.is_relative_to(place)]
    return max(above)[1] if above else "unknown"


def _version(peer: str) -> str | None:
    program = find(peer)
    if program is None:
        return None
    word = "version" if peer == "openssl" else "--version"
    done = subprocess.run([program, word], capture_output=True, text=True, check=False, timeout=30)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else "there"
