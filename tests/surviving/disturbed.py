"""Climbs that are disturbed at one call each, taken up again, and compared with an undisturbed one.

`python -m tests.surviving.disturbed TEMPLATE FOLDER HOW SHARD SHARDS STRIDE` prints a JSON line for
each point. It forks instead of starting anew: a climb costs a tenth of a second then. HOW is
`kill`, `power`, `interrupt` or `full`; see `disk`. Orphans come to this process, which so knows
what outlives a kill.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pipeline.edges.signer import SignerProcess
from pipeline.edges.signer.server import serve
from pipeline.errors import EnvironmentFailedError, InterruptedByUserError, LadderError
from pipeline.operations import signer_boundary
from tests.surviving import disk, kitchen

SUBREAPER = 36
CHANGES_NOTHING = frozenset({"fsync", "fdatasync", "fchmod", "chmod", "utime"})
"""After these the disk holds what it held before: a kill there is the kill before them."""
PLAIN_WRITE = os.write
SWEPT = 5
"""Private folders are gone when a climb begins: of kills that differ in them alone, every 5th."""
PATIENCE = 10.0
HOW: dict[str, Callable[..., disk.Act]] = {
    "kill": disk.Kill,
    "power": disk.PowerCut,
    "interrupt": disk.Interrupt,
    "full": disk.Full,
}
ENDS = {
    "kill": -signal.SIGKILL,
    "power": -signal.SIGKILL,
    "interrupt": InterruptedByUserError.exit_code,
    "full": EnvironmentFailedError.exit_code,
}
UNDISTURBED, SURPRISED = 0, 99


@dataclass
class _Forked:
    """What the signer's client needs of a process."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: None = None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


class ForkedSigner(SignerProcess):
    """The real signer in a process of its own, forked instead of started."""

    def warm(self) -> None:
        if self._process is not None:
            return
        (ours_in, theirs_out), (theirs_in, ours_out) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.close(ours_in)
            os.close(ours_out)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            serve(self._key_path, os.fdopen(theirs_in, "rb"), os.fdopen(theirs_out, "wb"))
            os._exit(0)
        os.close(theirs_in)
        os.close(theirs_out)
        self._process = _Forked(pid, os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb"))  # type: ignore[assignment]


class Place:
    """A fresh copy of the project, with a tally and a folder for temporary files beside it."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "project"
        self.tally = folder / "tally"
        shutil.copytree(template, self.root)
        (folder / "tmp").mkdir()
        self._hears, self._said = os.pipe()  # not a file: the disk may be full
        os.set_blocking(self._hears, False)

    def __del__(self) -> None:
        os.close(self._said)
        os.close(self._hears)

    def climb(self) -> tuple[str, ...]:
        return kitchen.climb(self.root, self.tally).did

    def fork(self, act: disk.Act, done: Callable[[], object] = lambda: None) -> int:
        """Climb in a fork in which `act` sees every call; return how it ended, as a shell would."""
        pid = os.fork()
        if pid == 0:
            os.environ["TMPDIR"] = str(self.folder / "tmp")
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os._exit(self._watched(act, done))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _watched(self, act: disk.Act, done: Callable[[], object]) -> int:
        try:
            disk.watch(act)
            self.climb()
            done()
        except LadderError as error:
            PLAIN_WRITE(self._said, f"{type(error).__name__}: {error}".encode())
            return error.exit_code
        except KeyboardInterrupt:
            return 130
        except BaseException as error:  # noqa: BLE001 - the test shows what it was
            frames = traceback.extract_tb(error.__traceback__)
            where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in frames[-2:2:-1])
            PLAIN_WRITE(self._said, f"{type(error).__name__}: {error}, {where}".encode())
            return SURPRISED
        return UNDISTURBED

    @property
    def error(self) -> str:
        """What the disturbed climb ended with; it is said once."""
        try:
            return os.read(self._hears, 65536).decode()
        except BlockingIOError:
            return ""


def _no_process_left() -> list[str]:
    """Wait until every orphan has ended; name those that do not."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if pid == 0 and time.monotonic() > deadline:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            return [Path(f"/proc/{child}/cmdline").read_text() for child in children]
        if pid == 0:
            time.sleep(0.001)


def points(calls: list[str], how: str) -> Iterator[tuple[int, bool]]:
    """Yield (number of the call, late): every state of the disk that there is, once.

    A `*` stands for a call that changes but what the next climb sweeps away unread.
    """
    for number, name in enumerate(calls):
        bare, before = name.rstrip("*"), calls[number - 1].rstrip("*") if number else ""
        write = bare in disk.WRITES
        if how == "interrupt":
            early, late = True, True
        elif how == "full":
            early, late = bare in disk.NEEDS_SPACE, write
        else:
            early, late = before not in CHANGES_NOTHING, write
            if "*" in name and number % SWEPT:
                early, late = early and "*" not in calls[number - 1], False
        yield from [(number, False)] * early
        yield from [(number, True)] * late


def problems(
    place: Place, act: disk.Act, how: str, undisturbed: dict[str, Any], *, third: bool
) -> list[str]:
    """Disturb a climb, take it up again, and say everything that is not as it should be."""
    found = []
    code = place.fork(act)
    error = place.error
    if code not in {ENDS[how], UNDISTURBED}:
        found.append(f"the disturbed climb ended with {code}: {error}")
    if how == "full" and code == 1 and not error.startswith("EnvironmentFailed"):
        found.append(f"a full disk was called {error}")
    found += [f"still running: {line}" for line in _no_process_left()]
    before = {
        step.split("/")[0] for step, status in kitchen.journal(place.root) if status == "pass"
    }
    ran = kitchen.runs(place.tally)
    try:
        place.climb()
    except LadderError as error:
        return [*found, f"it cannot be taken up again: {type(error).__name__}: {error}"]
    found += [
        f"{stage} ran {times} times after {ran[stage]} (passed before: {stage in before})"
        for stage, times in kitchen.runs(place.tally).items()
        if times not in (range(ran[stage], ran[stage] + 1) if stage in before else range(1, 3))
    ]
    found += differences(undisturbed, kitchen.ended(place.root), exact=how in {"kill", "power"})
    return found + _third(place) if third else found


def differences(left: dict[str, Any], right: dict[str, Any], *, exact: bool) -> list[str]:
    found = []
    has = right["journal"] if exact else counted(right["journal"])
    if has != left["journal"]:
        found.append(f"journal: {right['journal']}")
    names = [sorted({_unnumbered(n, exact=exact) for n in side["names"]}) for side in (left, right)]
    found += [f"missing: {name}" for name in names[0] if name not in names[1]]
    found += [f"left behind: {name}" for name in names[1] if name not in names[0]]
    found += [
        f"{name} differs: {left['told'].get(name)} and {right['told'].get(name)}"
        for name in sorted(set(left["told"]) | set(right["told"]))
        if left["told"].get(name) != right["told"].get(name)
    ]
    return found


def _unnumbered(name: str, *, exact: bool) -> str:
    """Return a seal's name without the journal's length, which retries change."""
    return name if exact else re.sub(r"%2F[0-9]{6}-", "%2FN-", name)


def counted(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a journal without its retries and their begins."""
    kept: list[tuple[str, str]] = []
    for entry in entries:
        if entry[1] == "retry":
            kept.pop()
        else:
            kept.append(entry)
    return kept


def _third(place: Place) -> list[str]:
    before, ran = kitchen.files(place.root), kitchen.runs(place.tally)
    did = place.climb()
    after = kitchen.files(place.root)
    found = [f"a third run did {did}"] if did or kitchen.runs(place.tally) != ran else []
    changed = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return found + [f"a third run changed {name}" for name in changed]


def fork_signers() -> None:
    """Let the climbs of this process, and of its forks, have forked signers."""
    vars(signer_boundary)["SignerProcess"] = ForkedSigner


def say(**told: object) -> None:
    """Print a JSON line."""
    sys.stdout.write(json.dumps(told) + "\n")


def main(template: Path, folder: Path, how: str, shard: int, shards: int, stride: int) -> None:
    """Walk over this shard's points."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    fork_signers()
    place = Place(template, folder / "undisturbed")
    counter = disk.Counter("/.release-ladder/work/", str(place.folder / "tmp"))
    written = place.folder / "calls"
    place.fork(counter, lambda: written.write_text(" ".join(counter.calls)))
    calls = written.read_text().split()
    undisturbed = kitchen.ended(place.root)
    wanted = list(points(calls, how))[::stride][shard::shards]
    for turn, (number, late) in enumerate(wanted):
        place = Place(template, folder / f"{number}-{late}")
        found = problems(place, HOW[how](number, late=late), how, undisturbed, third=turn % 4 == 0)
        say(at=number, call=calls[number].rstrip("*"), late=late, problems=found)
        shutil.rmtree(place.folder)
    say(points=len(wanted), calls=len(calls))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:]))
