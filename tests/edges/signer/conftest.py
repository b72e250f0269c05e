"""A key, a signer and three files for every test of the signer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.edges import keys
from pipeline.edges.signer import SignerProcess
from tests.proof import making


@pytest.fixture
def key(tmp_path: Path) -> keys.LocalKey:
    return keys.local_key(tmp_path / "state", "ecdsa-p256", now=making.NOW)


@pytest.fixture
def signer(key: keys.LocalKey) -> Iterator[SignerProcess]:
    with SignerProcess(key.private_path, timeout=30) as client:
        yield client


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for number in range(3):
        path = tmp_path / f"file{number}"
        path.write_bytes(b"content %d" % number)
        made[path.name] = path
    return made
