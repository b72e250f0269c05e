"""A file of local state that is read back only if this checkout wrote it, and nobody else since.

1. It is bound by an HMAC-SHA-256 with a secret of this checkout, which lies beside it (0600, in a
   folder of 0700), and by a text that the caller gives: another text, another secret, a byte
   changed, and there is nothing to read.
2. What cannot be read, whatever the reason, is as if it were not there; what cannot be written is
   not written. Nothing here raises, since all that is lost is time.
3. A folder, a secret or a file that is a link, another user's or open to others is not read; the
   next write makes the secret and the file anew, and leaves a folder that is none of ours alone.

The secret keeps away what was copied, restored or written blindly. It does not keep away who can
read this user's files: a step runs as you. So what is read from here decides nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pipeline.edges.files import write_atomically
from pipeline.edges.private_key import check_private_folder
from pipeline.errors import LadderError

SECRET = "secret"
_SIZE = 32
_HEAD = hashlib.sha256().digest_size * 2 + 1


def load(folder: Path, name: str, bound: str, limit: int) -> bytes | None:
    """Return what `save` wrote under the same bound text; at most `limit` bytes, else nothing."""
    with suppress(OSError, LadderError):
        check_private_folder(folder)
        secret = _read(folder / SECRET, _SIZE)
        data = _read(folder / name, _HEAD + limit)
        head, body = data[:_HEAD], data[_HEAD:]
        if len(secret) == _SIZE and hmac.compare_digest(head, _seal(secret, bound, body)):
            return body
    return None


def save(folder: Path, name: str, bound: str, body: bytes) -> bool:
    """Write a body, whole or not at all, and tell whether it was written."""
    with suppress(OSError, LadderError):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        check_private_folder(folder)
        secret = b""
        with suppress(OSError, LadderError):
            secret = _read(folder / SECRET, _SIZE)
        if len(secret) != _SIZE:
            secret = secrets.token_bytes(_SIZE)
            write_atomically(folder / SECRET, secret, 0o600)
        write_atomically(folder / name, _seal(secret, bound, body) + body, 0o600)
        return True
    return False


def _seal(secret: bytes, bound: str, body: bytes) -> bytes:
    mac = hmac.new(secret, bound.encode() + b"\0", hashlib.sha256)
    mac.update(body)
    return mac.hexdigest().encode() + b"\n"


def _read(path: Path, limit: int) -> bytes:
    """Return a private regular file's bytes; `OSError` for anything else, or for more than that."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
        if not stat.S_ISREG(found.st_mode) or not private or found.st_size > limit:
            raise PermissionError(path)
        return file.read(limit)
