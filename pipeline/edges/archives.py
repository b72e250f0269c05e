"""Reads zip and tar archives member by member, without writing anything to disk."""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.members import Member

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 2 << 30
"""Most bytes that an archive may hold when unpacked."""
MAX_MEMBERS = 100_000
"""Most members that an archive may have."""
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def contents(archive: Path) -> Iterator[tuple[Member, bytes]]:
    """Yield each member with its bytes, in the archive's order.

    What is no archive, is damaged or unpacks to too much raises `MalformedError`.
    """
    reader = _zip if archive.suffix in {".whl", ".zip"} else _tar
    total = 0
    try:
        for number, (member, data) in enumerate(reader(archive), 1):
            total += member.size
            if total > MAX_BYTES or number > MAX_MEMBERS:
                msg = f"{archive.name} unpacks to more than we read"
                raise MalformedError(msg)
            yield member, data
    except _DAMAGED as error:
        if isinstance(error, MalformedError):
            raise
        msg = f"{archive.name} cannot be read: {error}"
        raise MalformedError(msg) from error


def members(archive: Path) -> list[Member]:
    """Return the members of an archive, in its order."""
    return [member for member, _ in contents(archive)]


def _zip(archive: Path) -> Iterator[tuple[Member, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.file_size > MAX_BYTES:
                msg = f"{archive.name}: {info.filename} is too large"
                raise MalformedError(msg)
            data = opened.read(info)
            mode = info.external_attr >> 16
            kind = "folder" if info.is_dir() else "link" if stat.S_ISLNK(mode) else "file"
            yield (
                Member(
                    name=info.filename,
                    kind=kind,
                    mode=mode & 0o7777,
                    mtime="{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*info.date_time),
                    size=len(data),
                    digest=Digest.of(data),
                    extra=f"system {info.create_system}, method {info.compress_type}, "
                    f"extra {info.extra.hex() or 'none'}",
                ),
                data,
            )


def _tar(archive: Path) -> Iterator[tuple[Member, bytes]]:
    with tarfile.open(archive, "r:*") as opened:
        for info in opened:
            if info.size > MAX_BYTES:
                msg = f"{archive.name}: {info.name} is too large"
                raise MalformedError(msg)
            stream = opened.extractfile(info) if info.isreg() else None
            data = stream.read() if stream else info.linkname.encode()
            kind = "file" if info.isreg() else "folder" if info.isdir() else "link"
            kind = kind if info.isreg() or info.isdir() or info.issym() else "special"
            yield (
                Member(
                    name=info.name,
                    kind=kind,
                    mode=info.mode & 0o7777,
                    mtime=str(info.mtime),
                    size=len(data),
                    digest=Digest.of(data),
                    extra=f"uid {info.uid} {info.uname}, gid {info.gid} {info.gname}",
                ),
                data,
            )
