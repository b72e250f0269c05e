"""What a stage costs beyond its step: decide, journal, store, sign, verify, seal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.bench import ladders, machine
from tests.bench.copy import Copy
from tests.bench.measure import Row, Samples, Unit, in_turn, process, timed

STAGES = 8
"""Stages of the measured ladder, as many as the shipped ones have."""
AIM = 60 / 123
"""60 ms a stage, on the machine where `in-toto-run` takes 123 ms."""
REPETITIONS, SECONDS = 7, 45.0


class Stages:
    """The bodies that are measured in turn, and the projects that they leave."""

    def __init__(self, folder: Path, copy: Copy) -> None:
        """Prepare the bare step and the peer's folder."""
        self.copy = copy
        self.finished: list[Path] = []
        """Projects whose ladder was climbed, for who wants to verify them."""
        self._folder = folder
        self._numbers = count()
        self._bare = ladders.bare(folder / "bare")
        self._peer = machine.find("in-toto-run")
        self._key = folder / "bare" / "key.pem"
        self._key.write_bytes(_private_key())

    def bare(self) -> float:
        """Return the seconds of the step's own process."""
        return process(self._bare, cwd=self._folder / "bare")

    def in_process(self) -> float:
        """Climb in a process that has climbed before; return the seconds of the second climb."""
        warm, root = self._project(1), self._project(STAGES)
        seconds = self.copy.climber("climb", [warm, root])[1]
        self.finished.append(root)
        return seconds

    def whole(self) -> float:
        """Return the seconds of a whole process that climbs the ladder once."""
        root = self._project(STAGES)
        return timed(lambda: self.copy.climber("climb", [root]))

    def single(self) -> float:
        """Return the seconds of a whole process that climbs one stage."""
        root = self._project(1)
        return timed(lambda: self.copy.climber("climb", [root]))

    def in_toto(self) -> float:
        """Return the seconds of in-toto-run: the step, its files before and after, a signature."""
        assert self._peer is not None
        record = ["--signing-key", str(self._key), "--materials", "out", "--products", "out"]
        argv = [str(self._peer), "--step-name", "noop", *record, "--", *self._bare]
        return process(argv, cwd=self._folder / "bare")

    def _project(self, stages: int) -> Path:
        return ladders.make(self._folder / f"project-{next(self._numbers)}", stages)


def rows(stages: Stages) -> Iterator[Row]:
    """Measure a ladder in process and as a whole, against in-toto-run."""
    bodies = {
        "bare": stages.bare,
        "ladder": stages.in_process,
        "whole": stages.whole,
        "single": stages.single,
    }
    if machine.find("in-toto-run") is not None:
        bodies["in-toto"] = stages.in_toto
    stages.single()  # nobody pays for what is read from the disk for the first time
    taken = in_turn(bodies, repetitions=REPETITIONS, seconds=SECONDS)
    bare = taken["bare"]
    peer = taken["in-toto"].less(bare).each(_milliseconds) if "in-toto" in taken else None
    each = f"{ladders.FILES} files, {ladders.STATEMENT // 1000} kB statement"

    def row(name: str, samples: Samples, number: int, aim: float | None) -> Row:
        ours = samples.less(bare, number).each(lambda value: value / number * 1000)
        return Row(
            name=name,
            unit=Unit.MS,
            ours=ours,
            peer_name="in-toto-run",
            peer=peer,
            aim=aim,
            note=f"beyond the step's own process ({bare.median * 1000:.0f} ms); {each}",
        )

    yield row(f"a stage, in process ({STAGES} stages)", taken["ladder"], STAGES, AIM)
    yield row(f"a stage, whole process of {STAGES} stages", taken["whole"], STAGES, 1.0)
    yield row("a whole process of one stage", taken["single"], 1, None)


def _milliseconds(seconds: float) -> float:
    return seconds * 1000


def _private_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
