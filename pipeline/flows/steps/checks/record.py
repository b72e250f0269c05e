"""`record`: the archives hold what they list, list what they hold, and unpack where they should.

1. Every member of the wheel stands in RECORD, once, with its SHA-256 and size; RECORD itself stands
   there without. (Binary distribution format, "The .dist-info directory".)
2. RECORD lists nothing that the wheel does not hold.
3. No member of either archive has a path that leaves the folder, a link that does, or is no file.
4. The sdist holds one top folder, NAME-VERSION. (Source distribution format.)
"""

from __future__ import annotations

import base64
import csv
import io
import posixpath
from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError, check_path
from pipeline.edges import archives
from pipeline.flows.steps.checks.subject import judged

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.members import Member
    from pipeline.flows.steps.checks.subject import Outcome, Subject

_UNLISTED = (".dist-info/RECORD", ".dist-info/RECORD.jws", ".dist-info/RECORD.p7s")


def check(subject: Subject) -> Outcome:
    """Compare RECORD with the wheel both ways, and look at the paths of both archives."""
    faults = [*_wheel(subject.wheel), *_sdist(subject.sdist)]
    return judged(faults, "RECORD and content agree both ways; all paths stay inside")


def _wheel(wheel: Path) -> list[str]:
    members = list(archives.contents(wheel))
    faults = [fault for member, data in members for fault in _path_faults(member, data)]
    names = [member.name for member, _ in members if member.kind != "folder"]
    faults.extend(f"{name}: stands twice in the wheel" for name in sorted(_twice(names)))
    records = [
        data
        for member, data in members
        if member.name.count("/") == 1 and member.name.endswith(_UNLISTED[0])
    ]
    if len(records) != 1:
        return [*faults, f"{wheel.name} holds {len(records)} RECORD files, not one"]
    rows = [row for row in csv.reader(io.StringIO(records[0].decode())) if row]
    wrong = [row for row in rows if len(row) != 3]  # noqa: PLR2004 - path, hash, size
    if wrong:
        return [*faults, f"RECORD: {wrong[0]} is not path, hash, size"]
    faults.extend(f"{path}: stands twice in RECORD" for path in _twice([row[0] for row in rows]))
    listed = {path: (digest, size) for path, digest, size in rows}
    for member, _ in members:
        if member.kind != "folder" and not member.name.endswith(_UNLISTED):
            faults.extend(_listed_faults(member, listed.get(member.name)))  # rule 1
    missing = sorted(listed.keys() - set(names))
    return [*faults, *(f"{path}: in RECORD, not in the wheel" for path in missing)]  # rule 2


def _listed_faults(member: Member, entry: tuple[str, str] | None) -> list[str]:
    if entry is None:
        return [f"{member.name}: in the wheel, not in RECORD"]
    raw = base64.urlsafe_b64encode(bytes.fromhex(member.digest.hex)).rstrip(b"=").decode()
    if entry[0] != f"sha256={raw}":
        return [f"{member.name}: its content does not hash to what RECORD says"]
    if entry[1] != str(member.size):
        return [f"{member.name}: {member.size} bytes, RECORD says {entry[1]}"]
    return []


def _sdist(sdist: Path) -> list[str]:
    members = list(archives.contents(sdist))
    faults = [fault for member, data in members for fault in _path_faults(member, data)]
    names = [member.name for member, _ in members]
    faults.extend(f"{name}: stands twice in the sdist" for name in sorted(_twice(names)))
    top = {name.split("/")[0] for name in names}
    wanted = sdist.name.removesuffix(".tar.gz")
    if top != {wanted}:  # rule 4
        faults.append(f"{sdist.name} unpacks to {sorted(top)[:5]}, not to {wanted} alone")
    return faults


def _path_faults(member: Member, data: bytes) -> list[str]:
    """Find paths and links that leave the folder, and what is neither file nor folder (rule 3)."""
    try:
        check_path(member.name.rstrip("/"))
    except MalformedError as error:
        return [str(error)]
    if member.kind == "special":
        return [f"{member.name}: neither file, folder nor symbolic link"]
    if member.kind == "link":
        target = data.decode("utf-8", "replace")
        ends = posixpath.normpath(posixpath.join(posixpath.dirname(member.name), target))
        if target.startswith("/") or ends.startswith(".."):
            return [f"{member.name}: a link that leaves the archive"]
    return []


def _twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}
