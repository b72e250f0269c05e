"""Cached byte code is believed only when it is what its source says."""

from __future__ import annotations

import importlib.util
import marshal
import os
import py_compile
from pathlib import Path

import pytest

from pipeline.edges.byte_code import strangers

SOURCE = "def held(findings):\n    return any(finding for finding in findings)\n"
EVIL = "def held(findings):\n    return False\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "gate.py"
    path.write_text(SOURCE, "utf-8")
    return path


def compiled(source: Path) -> Path:
    py_compile.compile(str(source), doraise=True)
    return Path(importlib.util.cache_from_source(str(source)))


def forged(source: Path, text: str) -> Path:
    """Byte code of another text under a head that Python believes."""
    found = source.stat()
    head = importlib.util.MAGIC_NUMBER + bytes(4)
    head += int(found.st_mtime).to_bytes(4, "little") + found.st_size.to_bytes(4, "little")
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir(exist_ok=True)
    cached.write_bytes(head + marshal.dumps(compile(text, str(source), "exec", dont_inherit=True)))
    return cached


def test_what_python_itself_compiled_is_no_stranger(source: Path) -> None:
    assert strangers([compiled(source)]) == []


def test_other_code_under_a_head_that_python_believes_is_one(source: Path) -> None:
    assert strangers([forged(source, EVIL)]) == [forged(source, EVIL)]
    assert strangers([forged(source, SOURCE)]) == []


def test_each_of_several_is_judged_by_itself(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(SOURCE, "utf-8")
    bad = forged(other, EVIL)
    assert strangers([compiled(source), bad, tmp_path / "no-cache.pyc"]) == [
        bad,
        tmp_path / "no-cache.pyc",
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-5],
        lambda data: data[:0],
        lambda data: data[:4] + b"\x01\0\0\0" + data[8:],  # never compared with its source
        lambda data: data[:16] + b"\xff" * 64,
        lambda data: data[:16] + bytes([0xE9]) * 4096,
    ],
)
def test_what_cannot_be_read_is_one(source: Path, spoil: object) -> None:
    cached = compiled(source)
    cached.write_bytes(spoil(cached.read_bytes()))  # type: ignore[operator]
    assert strangers([cached]) == [cached]


def test_byte_code_older_than_its_source_or_without_one_is_one(source: Path) -> None:
    cached = compiled(source)
    os.utime(source, (1, 1))
    assert strangers([cached]) == [cached]
    source.unlink()
    assert strangers([cached]) == [cached]
