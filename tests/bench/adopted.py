"""What a decision and a posture cost when thousands of releases have been adopted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.bench import shelves
from tests.bench.copy import Copy
from tests.bench.measure import Row, Samples, Unit, in_turn

FEW, SOME, MANY = 10, 1_000, 5_000
DECIDING_AIM, LIMIT, LINEAR_AIM = 1.5, 5.0, 1.25
"""Of the time with few; seconds of one core for all of them; of what each costs among some."""
REPETITIONS, SECONDS = 9, 40.0
_COMMANDS = {"status": ("status", "--json"), "why": ("why", "--stage", "pour", "--json")}


class Measured:
    """Whole processes, with the most memory that each had."""

    def __init__(self, copy: Copy) -> None:
        """Take the package that is measured."""
        self._copy = copy
        self.peak: dict[str, float] = {}
        """MB that a process of a name had at its most."""
        self.cores: dict[str, float] = {}
        """Seconds of one core that the last process of a name took, with those that it started."""

    def run(self, name: str, root: Path, *words: str) -> float:
        """Return the seconds of `invoke WORDS…` in a project."""
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "invoke", *words],
            cwd=root,
            env=self._copy.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as child:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        if child.returncode:
            msg = f"{' '.join(words)} ended with exit code {child.returncode}"
            raise RuntimeError(msg)
        self.peak[name] = max(self.peak.get(name, 0), usage.ru_maxrss / 1000)
        self.cores[name] = usage.ru_utime + usage.ru_stime
        return seconds


def rows(folder: Path, copy: Copy) -> Iterator[Row]:
    """Make three projects, and measure decisions first, then counts."""
    roots = {
        number: shelves.make(folder / f"adopted-{number}", number) for number in (FEW, SOME, MANY)
    }
    measured = Measured(copy)
    yield from _deciding(measured, roots)
    yield from _counting(measured, roots)


def _deciding(measured: Measured, roots: dict[int, Path]) -> Iterator[Row]:
    bodies: dict[str, Callable[[], float]] = {}
    for name, words in _COMMANDS.items():
        for number in (FEW, MANY):
            key = f"{name} {number}"
            bodies[key] = partial(measured.run, key, roots[number], *words)
    for body in bodies.values():
        body()
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    for name in _COMMANDS:
        many, few = f"{name} {MANY}", f"{name} {FEW}"
        yield Row(
            name=f"`{name}` with {MANY:,} adopted releases",
            unit=Unit.MS,
            ours=taken[many].each(_milliseconds),
            peer_name=f"with {FEW}",
            peer=taken[few].each(_milliseconds),
            aim=DECIDING_AIM,
            note=f"whole process; {shelves.BUNDLE + 21} files a release in git; "
            f"at most {measured.peak[many]:.0f} MB, with {FEW} {measured.peak[few]:.0f} MB",
        )


def _counting(measured: Measured, roots: dict[int, Path]) -> Iterator[Row]:
    """Measure `posture`, first with nothing remembered, and then with all of it."""
    posture = {
        number: partial(measured.run, f"posture {number}", roots[number], "posture", "--json")
        for number in (SOME, MANY)
    }
    cold = {number: Samples((body("--fresh"),)) for number, body in posture.items()}
    yield _linear(measured, "verified anew", cold)
    taken = in_turn(
        {str(number): body for number, body in posture.items()}, repetitions=5, seconds=SECONDS
    )
    yield _linear(measured, "remembered", {number: taken[str(number)] for number in posture})
    key = f"posture {MANY}"
    yield Row(
        name=f"`posture` over {MANY:,} releases, remembered",
        unit=Unit.MS,
        ours=Samples((measured.cores[key],)).each(_milliseconds),
        peer_name=f"{LIMIT:.0f} s",
        peer=Samples((LIMIT * 1000,)),
        aim=1.0,
        note=f"seconds of one core; on the wall clock {taken[str(MANY)].median:.1f}; "
        f"at most {measured.peak[key]:.0f} MB",
    )


def _linear(measured: Measured, how: str, taken: dict[int, Samples]) -> Row:
    """Return what a release costs among many, against what it costs among some."""
    return Row(
        name=f"`posture`, each of {MANY:,} releases, {how}",
        unit=Unit.MS,
        ours=taken[MANY].each(lambda value: value / MANY * 1000),
        peer_name=f"each of {SOME:,}",
        peer=taken[SOME].each(lambda value: value / SOME * 1000),
        aim=LINEAR_AIM,
        note="16 signed records each, among 20 objects; whole process, "
        f"at most {measured.peak[f'posture {MANY}']:.0f} MB",
    )


def _milliseconds(seconds: float) -> float:
    return seconds * 1000
