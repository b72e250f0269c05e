"""A phase folder that is read like a store by digest, so that evidence is opened in one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.errors import UntrustedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TODO = "do not rely on it; ask whoever made it for the evidence and the key's fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStore:
    """A phase folder, read like a store by digest. See `edges.store.Store` for the verbs."""

    folder: Path
    paths: Mapping[str, str]

    def local_path(self, digest: Digest) -> Path:
        """Return the file with the bytes; a digest that no file has is not to be trusted."""
        if digest.hex not in self.paths:
            raise self._refuse(f"the file with {digest} is missing")
        return self.folder / self.paths[digest.hex]

    def get(self, digest: Digest) -> bytes:
        """Return the bytes of a digest, hashed again."""
        data = self.local_path(digest).read_bytes()
        if Digest.of(data) != digest:
            raise self._refuse(f"the file with {digest} was changed")
        return data

    def _refuse(self, what: str) -> UntrustedError:
        return UntrustedError(what, where=str(self.folder), todo=TODO)
