"""Byte code beside its source: whether it is what the source says, or something else.

Python believes a cached `.pyc` whose head names the source's time and size. Whoever writes one can
make those right, so the code itself is compared with what compiling the source gives. That is done
in a process of its own, without our packages: what an attacker made is never read in this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TIMEOUT = 60
"""Seconds for all files together."""
_COMPARE = r"""
import importlib.util, json, marshal, os, sys
def faithful(path):
    source = importlib.util.source_from_cache(path)
    with open(path, "rb") as file:
        cached = file.read()
    with open(source, "rb") as file:
        text = file.read()
    found = os.stat(source)
    head = importlib.util.MAGIC_NUMBER + bytes(4)
    for value in (int(found.st_mtime), found.st_size):
        head += (value & 0xFFFFFFFF).to_bytes(4, "little")
    if cached[:16] != head or ".opt-" in os.path.basename(path):
        return False
    return marshal.loads(cached[16:]) == compile(text, source, "exec", dont_inherit=True)
for path in json.load(sys.stdin):
    try:
        good = faithful(path)
    except Exception:
        good = False
    print(json.dumps(good), flush=True)
"""


def strangers(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are not what compiling their sources gives; in doubt, a file is one."""
    prefix = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-S", *prefix, "-c", _COMPARE],
            input=json.dumps([os.path.normpath(path) for path in paths]),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        said = done.stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        said = []
    said += ["false"] * (len(paths) - len(said))
    return [path for path, good in zip(paths, said, strict=False) if good != "true"]
