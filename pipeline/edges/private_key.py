"""Reads a private key from disk, when nobody else can: what ssh asks of its keys, too."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from pipeline.core.canonical import MalformedError
from pipeline.errors import UntrustedError
from pipeline.proof.keys import MAX_PEM, SigningKey

_AGAIN = "remove it and run again: a new key is made"


def check_private_folder(folder: Path) -> None:
    """Refuse (`UntrustedError`) a folder of keys that is a link, another's, or open to others.

    A folder that git checked out is open to others, so keys that came with a clone never count.
    Raises `OSError` as `lstat` does.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise _refused("the folder of keys is a link or no folder", folder, _AGAIN)
    _check_owner(found, folder, "700")


def read_private(path: Path) -> SigningKey:
    """Return the signing key that a file holds.

    A link, another owner, permissions for anyone else, or no key: `UntrustedError`. Raises
    `OSError` as opening does.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _refused("the private key is a symbolic link", path, _AGAIN) from error
        raise
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _refused("the private key is no regular file", path, _AGAIN)
        _check_owner(found, path, "600")
        pem = os.read(handle, MAX_PEM + 1)
    finally:
        os.close(handle)
    try:
        return SigningKey.from_pem(pem)
    except MalformedError as error:
        raise _refused(f"the private key cannot be read: {error}", path, _AGAIN) from error


def _check_owner(found: os.stat_result, path: Path, mode: str) -> None:
    if found.st_uid != os.geteuid():
        raise _refused("it belongs to another user", path, f"run as its owner, or {_AGAIN}")
    if found.st_mode & 0o077:
        shown = f"{stat.S_IMODE(found.st_mode):04o}"
        raise _refused(
            f"others may use it (mode {shown}), so what it signs proves nothing",
            path,
            f"`chmod {mode} {path}` if nobody did, else {_AGAIN}",
        )


def _refused(what: str, path: Path, todo: str) -> UntrustedError:
    return UntrustedError(what, where=str(path), todo=todo)
