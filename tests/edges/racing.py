"""Processes that use one store at once, for the tests of the local store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.core.canonical import Digest, canonical

ROOT = Path(__file__).parents[2]
HEAD = """
import os, signal, sys, time
from pathlib import Path
from pipeline.core.canonical import Digest, canonical
from pipeline.edges.store.local import LocalStore
from pipeline.errors import ConflictError, EnvironmentFailedError
store = LocalStore(Path(sys.argv[1]))
def start():
    print("ready", flush=True)
    sys.stdin.readline()
"""


def entry(number: int) -> tuple[bytes, Digest]:
    digest = Digest.of(b"%d" % number)
    return canonical({"n": number, "entry_hash": str(digest)}), digest


def spawn(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def race(script: str, root: Path, count: int) -> list[str]:
    """Run the script in several processes that start together; return what each printed."""
    racers = [spawn(script, root, number) for number in range(count)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    outputs = [racer.communicate(timeout=60)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * count
    return outputs
