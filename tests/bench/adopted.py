"""What a decision and a posture cost when thousands of releases have been adopted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import shelves
from tests.bench.copy import Copy
from tests.bench.measure import Row, Samples, Unit, in_turn

FEW, SOME, MANY = 10, 1_000, 5_000
DECIDING_AIM, LIMIT, LINEAR_AIM = 1.5, 5.0, 1.25
"""Of the time with few; seconds for all of them; of the time that each costs among some."""
REPETITIONS, SECONDS = 9, 40.0


class Measured:
    """Whole processes, with the most memory that each had."""

    def __init__(self, copy: Copy) -> None:
        """Take the package that is measured."""
        self._copy = copy
        self.peak: dict[str, float] = {}
        """MB that a process of a name had at its most."""

    def run(self, name: str, root: Path, *words: str) -> float:
        """Return the seconds of `python -m WORDS…` in a project."""
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=root,
            env=self._copy.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        ) as child:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        if child.returncode:
            msg = f"{' '.join(words)} ended with exit code {child.returncode}"
            raise RuntimeError(msg)
        self.peak[name] = max(self.peak.get(name, 0), usage.ru_maxrss / 1000)
        return seconds

    def counter(self, name: str, root: Path, *words: str) -> float:
        """Return the seconds of counting what a project adopted."""
        return self.run(name, root, "tests.bench.counter", str(root), *words)


def rows(folder: Path, copy: Copy) -> Iterator[Row]:
    """Make three projects, and measure decisions first, then counts."""
    roots = {
        number: shelves.make(folder / f"adopted-{number}", number) for number in (FEW, SOME, MANY)
    }
    measured = Measured(copy)
    yield from _deciding(measured, roots)
    yield from _counting(measured, roots)


def _deciding(measured: Measured, roots: dict[int, Path]) -> Iterator[Row]:
    commands = {"status": ("status", "--json"), "why": ("why", "--stage", "pour", "--json")}
    bodies: dict[str, Callable[[], float]] = {}
    for name, words in commands.items():
        for number in (FEW, MANY):
            key = f"{name} {number}"
            bodies[key] = lambda key=key, number=number, words=words: measured.run(  # type: ignore[misc]
                key, roots[number], "invoke", *words
            )
    for body in bodies.values():
        body()
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    for name in commands:
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
    cold = {
        number: Samples((measured.counter(f"cold {number}", root, "fresh"),))
        for number, root in roots.items()
        if number != FEW
    }
    yield _linear(measured, "cold", cold)
    bodies = {
        str(number): lambda number=number: measured.counter(f"warm {number}", roots[number])
        for number in (SOME, MANY)
    }
    taken = in_turn(bodies, repetitions=5, seconds=SECONDS)
    yield _linear(measured, "warm", {number: taken[str(number)] for number in (SOME, MANY)})
    posture = Samples(
        tuple(measured.run("posture", roots[MANY], "invoke", "posture", "--json") for _ in range(3))
    )
    for name, samples in (("counting", taken[str(MANY)]), ("`posture`", posture)):
        peak = measured.peak["posture" if samples is posture else f"warm {MANY}"]
        yield Row(
            name=f"{name} over {MANY:,} releases, remembered",
            unit=Unit.MS,
            ours=samples.each(_milliseconds),
            peer_name=f"{LIMIT:.0f} s",
            peer=Samples((LIMIT * 1000,)),
            aim=1.0,
            note=f"whole process, at most {peak:.0f} MB",
        )


def _linear(measured: Measured, kind: str, taken: dict[int, Samples]) -> Row:
    """Return what a release costs among many, against what it costs among some."""
    what = {"cold": "verified anew", "warm": "remembered"}[kind]
    return Row(
        name=f"counting a release among {MANY:,}, {what}",
        unit=Unit.MS,
        ours=taken[MANY].each(lambda value: value / MANY * 1000),
        peer_name=f"among {SOME:,}",
        peer=taken[SOME].each(lambda value: value / SOME * 1000),
        aim=LINEAR_AIM,
        note=f"16 records each, of 20 objects; whole process, at most "
        f"{measured.peak[f'{kind} {MANY}']:.0f} MB",
    )


def _milliseconds(seconds: float) -> float:
    return seconds * 1000
