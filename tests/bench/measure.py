"""Samples, taken in turn so that what disturbs the machine disturbs all; rows of the table."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

LEAST = 2
"""Repetitions that are made even when the time is up."""


class Unit(StrEnum):
    """What a figure is in; of milliseconds fewer are better, of all else more."""

    MS = "ms"
    MB_S = "MB/s"
    FILES_S = "files/s"
    STATEMENTS_S = "statements/s"


@dataclass(frozen=True, slots=True)
class Samples:
    """Seconds that the repetitions of one thing took, or what was made of them."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        """The one that was disturbed least."""
        return min(self.values)

    def each(self, change: Callable[[float], float]) -> Samples:
        """Return every value changed."""
        return Samples(tuple(change(value) for value in self.values))

    def less(self, other: Samples, times: int = 1) -> Samples:
        """Return these without `times` of the other's, repetition by repetition."""
        pairs = zip(self.values, other.values, strict=True)
        return Samples(tuple(mine - times * theirs for mine, theirs in pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `peer` is None when the peer is absent, `aim` when none is set."""

    name: str
    unit: Unit
    ours: Samples
    peer_name: str
    peer: Samples | None
    aim: float | None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's, median to median."""
        return None if self.peer is None else self.ours.median / self.peer.median

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None when there is nothing to say."""
        if self.ratio is None or self.aim is None:
            return None
        return self.ratio <= self.aim if self.unit is Unit.MS else self.ratio >= self.aim

    def best(self, samples: Samples) -> float:
        """Return the repetition that was disturbed least."""
        return samples.least if self.unit is Unit.MS else max(samples.values)

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON has it."""
        peer = self.peer
        return {
            "name": self.name,
            "unit": self.unit.value,
            "ours": {"median": self.ours.median, "best": self.best(self.ours)},
            "peer_name": self.peer_name,
            "peer": None if peer is None else {"median": peer.median, "best": self.best(peer)},
            "ratio": self.ratio,
            "aim": self.aim,
            "met": self.met,
            "repetitions": len(self.ours.values),
            "note": self.note,
        }


def in_turn(
    bodies: Mapping[str, Callable[[], float]], *, repetitions: int, seconds: float
) -> dict[str, Samples]:
    """Call each body once a repetition, every second repetition in reverse; bodies return seconds.

    Stops early, but not before `LEAST` repetitions, when `seconds` have gone by.
    """
    begun = time.monotonic()
    taken: dict[str, list[float]] = {name: [] for name in bodies}
    for number in range(repetitions):
        if number >= LEAST and time.monotonic() - begun > seconds:
            break
        order = list(bodies) if number % 2 == 0 else list(bodies)[::-1]
        for name in order:
            taken[name].append(bodies[name]())
    return {name: Samples(tuple(values)) for name, values in taken.items()}


def timed(body: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    begun = time.perf_counter()
    body()
    return time.perf_counter() - begun


def process(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> float:
    """Return the seconds of a whole process; one that ends otherwise than it should raises."""
    begun = time.perf_counter()
    done = subprocess.run(
        [*map(str, argv)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    seconds = time.perf_counter() - begun
    if done.returncode not in codes:
        said = done.stderr.decode("utf-8", "replace").strip()
        msg = f"{argv[0]} ended with exit code {done.returncode}: {said[-2000:]}"
        raise RuntimeError(msg)
    return seconds
