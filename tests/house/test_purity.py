"""Core decides, proof believes, page tells: bytes, values and the time come in, values come out."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.house import purity, rings

PURE = {name: file for name, file in rings.modules().items() if rings.ring(name) in purity.PURE}


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_touches_nothing(module: str) -> None:
    assert purity.impurities(PURE[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path",
        "from os import environ",
        "import subprocess",
        "from time import monotonic",
        "import random",
        "import socket",
        "from urllib.request import urlopen",
        "from pathlib import Path",
        "import pathlib\nhere = pathlib.Path('x')",
        "def f():\n    import tempfile",
        "open('x')",
        "print('x')",
        "def f(path):\n    return path.read_bytes()",
        "def f(path):\n    reader = path.read_text",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import date\ndate.today()",
        "from datetime import datetime\nclock = datetime.now",
        "def f(clock):\n    return clock.now()",
        "import uuid\nuuid.uuid4()",
    ],
)
def test_an_impurity_is_found(source: str) -> None:
    assert purity.impurities(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "from pathlib import PurePosixPath\nPurePosixPath('a') / 'b'",
        "from datetime import UTC, datetime\ndatetime.fromisoformat('2030-01-01').astimezone(UTC)",
        "from urllib.parse import urlsplit",
        "import hashlib, json, re\njson.loads('{}')",
        "opened = True",
        "def f(case):\n    return case.now",
    ],
)
def test_what_is_pure_is_let_be(source: str) -> None:
    assert purity.impurities(source) == []


@pytest.mark.parametrize("room", sorted(purity.PURE))
def test_lint_forbids_the_operating_system_in_pure_rings_and_there_alone(room: str) -> None:
    assert "TID251" in lint(f"pipeline/{room}/invented.py")
    assert "TID251" not in lint("pipeline/edges/invented.py")


def lint(filename: str) -> set[str]:
    """Return the rules that ruff, as configured, finds broken in two lines under that name."""
    source = b"import subprocess\nimport datetime\nprint(datetime.datetime.now())\n"
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--output-format=json",
            "--stdin-filename",
            filename,
        ],
        cwd=rings.ROOT,
        input=source,
        capture_output=True,
        check=False,
    )
    return {finding["code"] for finding in json.loads(said.stdout)}
