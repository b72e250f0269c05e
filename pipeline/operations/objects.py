"""The objects that evidence consists of: in a store, or in a folder that is read like one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import hash_open, open_regular
from pipeline.errors import UntrustedError

if TYPE_CHECKING:
    from pathlib import Path

TODO = (
    "evidence is never repaired: restore the store from a copy you trust, or release a new version"
)


class Objects(Protocol):
    """What evidence is opened from: a store, or a folder that is read like one."""

    def get(self, digest: Digest) -> bytes:
        """Return an object's bytes, verified."""
        ...

    def local_path(self, digest: Digest) -> Path:
        """Return a file with the object, for readers that hash by themselves."""
        ...


def parsed(text: str, where: str) -> Digest:
    """Return a digest from its written form; another form is not to be trusted."""
    try:
        return Digest.parse(text)
    except MalformedError as error:
        raise UntrustedError(str(error), where=where, todo=TODO) from error


def check_object(store: Objects, digest: str, where: str) -> None:
    """Hash an object anew; changed or missing bytes are not to be trusted (`evidence`, rule 5)."""
    wanted = parsed(digest, where)
    path = store.local_path(wanted)
    with disk_errors(path):
        handle = open_regular(path)  # a link would lead to what somebody else may change
        try:
            found = hash_open(handle)
        finally:
            os.close(handle)
    if found != wanted:
        raise UntrustedError(
            "the bytes in the store are not those that were listed", where=where, todo=TODO
        )
