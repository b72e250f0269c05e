"""Adoptions that are cut off at one call each, looked at, and done again.

`python -m tests.adoption.disturbing KEPT FOLDER HOW WHAT` prints a JSON line for each point. It
forks instead of starting anew; HOW is as in `tests.surviving.disturbed`, WHAT `adopt` or `revert`.
Before the intent is written nothing in `releases/` can change, so only some of those calls are cut.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import LadderError
from tests.adoption import shelf
from tests.surviving import disk
from tests.surviving.disturbed import (
    ENDS,
    HOW,
    SURPRISED,
    UNDISTURBED,
    fork_signers,
    points,
    say,
)

FEW = 6
"""How many of the calls are cut that change no more than what lies aside."""
SWEPT = ("/.release-ladder/adoption/new/", "/.release-ladder/adoption/old/", "/artifacts/store/")


class Place:
    """A fresh copy of the project, with what is to be done there."""

    def __init__(self, kept: Path, folder: Path, what: str) -> None:
        self.root = Path(shutil.copytree(kept, folder, symlinks=True))
        self.what = what
        if what == "revert":
            shelf.adopted(self.root, shelf.SECOND)
            self.file = self.root
        else:
            self.file = shelf.reviewed(self.root, shelf.SECOND)
        self.before = shelf.releases(self.root)

    def do(self) -> None:
        if self.what == "adopt":
            shelf.applied(self.root, self.file)
        else:
            shelf.reverted(self.root, "adoption-2")

    def undo(self) -> None:
        if self.what == "adopt":
            shelf.reverted(self.root, "adoption-2")
        else:
            shelf.adopted(self.root, shelf.SECOND)

    def fork(self, act: disk.Act, done: Callable[[], object] = lambda: None) -> int:
        """Do it in a fork in which `act` sees every call; return how it ended, as a shell would."""
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os._exit(self._watched(act, done))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _watched(self, act: disk.Act, done: Callable[[], object]) -> int:
        try:
            disk.watch(act)
            self.do()
            done()
        except LadderError as error:
            return error.exit_code
        except KeyboardInterrupt:
            return 130
        except BaseException:  # noqa: BLE001 - the test shows what it was
            traceback.print_exc()
            return SURPRISED
        return UNDISTURBED


def problems(place: Place, code: int, how: str) -> tuple[str, list[str]]:
    """Look at what is left of it, and do it again: whether it was done, and what is wrong."""
    found = [] if code in {ENDS[how], UNDISTURBED} else [f"it ended with {code}"]
    try:
        entries = shelf.verified(place.root)["entries"]
    except LadderError as error:
        return "?", [*found, f"not to be believed: {error}"]
    now = shelf.releases(place.root)
    wanted = {"adopt": (1, 2), "revert": (2, 1)}[place.what]
    end = "before" if entries == wanted[0] else "after"
    if end == "before" and now != place.before:
        changed = now.keys() | place.before.keys()
        changed = {name for name in changed if now.get(name) != place.before.get(name)}
        found.append(f"nothing was done, but these changed: {sorted(changed)[:5]}")
    (place.do if end == "before" else place.undo)()
    if shelf.verified(place.root)["entries"] != wanted[end == "before"]:
        found.append("what is done next is not done")
    if shelf.aside(place.root):
        found.append(f"left behind: {shelf.aside(place.root)}")
    return end, found


def main(kept: Path, folder: Path, how: str, what: str) -> None:
    """Walk over the points."""
    fork_signers()
    place = Place(kept, folder / "undisturbed", what)
    counter = disk.Counter(*SWEPT)
    written = folder / "calls"
    code = place.fork(counter, lambda: written.write_text(" ".join(counter.calls)))
    calls = written.read_text().split()
    if code != UNDISTURBED:
        raise SystemExit(f"undisturbed it ended with {code}")
    aside = [one for one in points(calls, how) if _aside(calls[one[0]])]
    real = [one for one in points(calls, how) if not _aside(calls[one[0]])]
    stride = 2 if how == "interrupt" else 1  # before each call, and after it
    wanted = aside[:: max(len(aside) // FEW, 1)] + real[::stride]
    for number, late in wanted:
        place = Place(kept, folder / f"{number}-{late}", what)
        end, found = problems(place, place.fork(HOW[how](number, late=late)), how)
        say(at=number, call=calls[number], late=late, end=end, problems=found)
        shutil.rmtree(place.root)
    say(points=len(wanted), calls=len(calls))


def _aside(call: str) -> bool:
    """Tell whether a call changes only what lies aside; whole files are copied only there."""
    return call.endswith("*") or call == "sendfile"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
