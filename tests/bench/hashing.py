"""Hashing files whose pages are in the cache: a few large ones, many small ones."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.edges.hashing import hash_files
from tests.bench import machine
from tests.bench.measure import Row, Samples, Unit, in_turn, process, timed

LARGE, LARGE_SIZE = 64, 16 * 1024 * 1024
SMALL, SMALL_SIZE = 20_000, 4096
LARGE_AIM, SMALL_AIM = 0.9, 2.0
"""Of the rate in memory on every core; of sha256sum's rate."""
REPETITIONS, SECONDS = 7, 10.0


def rows(folder: Path) -> Iterator[Row]:
    """Measure both sizes; the files are made here and gone when this ends."""
    yield from _large(folder / "large")
    yield from _small(folder / "small")


def _large(folder: Path) -> Iterator[Row]:
    paths = _files(folder, LARGE, LARGE_SIZE)
    names = [path.name for path in paths]
    cores = machine.cores()
    bodies: dict[str, Callable[[], float]] = {
        "ours": lambda: timed(lambda: hash_files(paths)),
        "memory": lambda: timed(lambda: _in_memory(LARGE * LARGE_SIZE, cores)),
    }
    openssl = machine.find("openssl")
    if openssl is not None:
        bodies["openssl"] = lambda: process([openssl, "dgst", "-sha256", *names], cwd=folder)
    hash_files(paths)
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    _remove(paths)
    size = LARGE * LARGE_SIZE / 1e6

    def row(peer_name: str, peer: Samples | None, aim: float | None) -> Row:
        return Row(
            name=f"SHA-256, {LARGE} files of 16 MiB",
            unit=Unit.MB_S,
            ours=taken["ours"].each(lambda value: size / value),
            peer_name=peer_name,
            peer=peer and peer.each(lambda value: size / value),
            aim=aim,
        )

    yield row(f"in memory, {cores} cores", taken["memory"], LARGE_AIM)
    yield row("openssl dgst -sha256", taken.get("openssl"), None)


def _small(folder: Path) -> Iterator[Row]:
    paths = _files(folder, SMALL, SMALL_SIZE)
    names = [path.name for path in paths]
    bodies: dict[str, Callable[[], float]] = {"ours": lambda: timed(lambda: hash_files(paths))}
    sha256sum = machine.find("sha256sum")
    if sha256sum is not None:
        bodies["sha256sum"] = lambda: process([sha256sum, *names], cwd=folder)
    hash_files(paths)
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    _remove(paths)
    peer = taken.get("sha256sum")
    yield Row(
        name=f"SHA-256, {SMALL:,} files of 4 KiB",
        unit=Unit.FILES_S,
        ours=taken["ours"].each(lambda value: SMALL / value),
        peer_name="sha256sum",
        peer=peer and peer.each(lambda value: SMALL / value),
        aim=SMALL_AIM,
    )


def _in_memory(size: int, threads: int) -> None:
    """Hash so many bytes, shared among threads, each over and over the same 1 MiB."""
    block = bytes(1024 * 1024)

    def work() -> None:
        digest = hashlib.sha256()
        for _ in range(size // threads // len(block)):
            digest.update(block)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _files(folder: Path, number: int, size: int) -> list[Path]:
    folder.mkdir()
    content = bytearray(os.urandom(4096) * (size // 4096))
    paths = []
    for index in range(number):
        content[:8] = index.to_bytes(8)
        paths.append(folder / f"{index:05d}")
        paths[-1].write_bytes(content)
    return paths


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink()
