"""Small damage to files."""

from __future__ import annotations

from pathlib import Path


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap(left: Path, right: Path) -> None:
    """Put two files in each other's place."""
    one, other = left.read_bytes(), right.read_bytes()
    left.write_bytes(other)
    right.write_bytes(one)


def record(run: Path, family: str, phase: str = "pre-deploy") -> Path:
    """Return a phase's signed record of a family."""
    (found,) = (run / phase).glob(f"*/*-record-{family}.sigstore.json")
    return found
