"""Climbs on a disk that is really too small, then on the same disk with room.

`python -m tests.surviving.small_disk FOLDER` mounts a tmpfs on FOLDER (in a mount namespace of its
own, see `test_full_disk`), fills it but for a few bytes, and climbs; `limit` as second argument is
for machines where nothing can be mounted: no file may be larger than a few bytes then. Prints a
JSON line for each try.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.surviving import disk, kitchen
from tests.surviving.disturbed import Place, differences, fork_signers, say

SIZE = 16 * 1024 * 1024
PAGE = 4096
ROOMS = (0, 1, 2, 5, 11, 23, 47, 71, 97, 131)
"""Pages that are free."""
LIMITS = (100, 700, 1_500, 2_500, 3_500, 5_000)
"""Bytes that a file may have."""


def small(place: Place, pages: int) -> int:
    """Climb with so many free pages; give the room back; return how it ended."""
    ballast = place.folder / "ballast"
    disk_now = os.statvfs(place.folder)
    room = (disk_now.f_bavail - pages) * disk_now.f_frsize
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    code = place.fork(disk.Counter())
    ballast.unlink()
    return code


def limited(place: Place, size: int) -> int:
    """Climb while no file may be larger than `size`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    act = disk.Counter()
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        os._exit(place.fork(act))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(folder: Path, *, mounts: bool) -> None:
    """Try every size, each on a fresh copy."""
    fork_signers()
    template = kitchen.make(folder / "template")
    place = Place(template, folder / "undisturbed")
    place.climb()
    undisturbed = kitchen.ended(place.root)
    if mounts:
        words = ("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder / "disk"))
        (folder / "disk").mkdir()
        subprocess.run(words, check=True)
    for room in ROOMS if mounts else LIMITS:
        place = Place(template, folder / "disk" / str(room))
        code = small(place, room) if mounts else limited(place, room)
        error, ran = place.error, kitchen.runs(place.tally)
        place.climb()
        found = differences(undisturbed, kitchen.ended(place.root), exact=False)
        say(room=room, code=code, error=error, ran=ran, found=found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), mounts=sys.argv[2:] != ["limit"])
