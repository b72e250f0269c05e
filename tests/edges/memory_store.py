"""The store in memory: for tests about something else, and for the contract of all stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.core.canonical import Digest, check_path, load_json
from pipeline.edges.store import MAX_OBJECT, Lease
from pipeline.errors import ConflictError, UntrustedError


class MemoryLease:
    """A lease that counts until it is released."""

    def __init__(self, store: MemoryStore, name: str, token: int) -> None:
        self.name = name
        self.token = token
        self._store = store

    def release(self) -> None:
        self._store.held.pop(self.name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class MemoryStore:
    """A `Store` that forgets; `folder` is for `local_path` alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects: dict[Digest, bytes] = {}
        self.named: dict[str, bytes] = {}
        self.journals: dict[str, bytes] = {}
        self.tokens: dict[str, int] = {}
        self.held: dict[str, MemoryLease] = {}

    def put(self, data: bytes) -> Digest:
        return self.put_all([data])[0][0]

    def put_all(self, items: Sequence[bytes | Path]) -> list[tuple[Digest, int]]:
        results = []
        for item in items:
            if isinstance(item, Path) and (item.is_symlink() or not item.is_file()):
                raise UntrustedError("no plain file", where=str(item), todo="leave a plain file")
            data = item if isinstance(item, bytes) else item.read_bytes()
            self.objects[Digest.of(data)] = data
            results.append((Digest.of(data), len(data)))
        return results

    def get(self, digest: Digest, *, limit: int = MAX_OBJECT) -> bytes:
        data = self.objects.get(digest)
        if data is None or len(data) > limit:
            raise UntrustedError(f"the object {digest} is not here", where="memory", todo="put it")
        return data

    def copy_to(self, digest: Digest, path: Path) -> None:
        data = self.get(digest)
        with path.open("xb") as file:
            file.write(data)

    def local_path(self, digest: Digest) -> Path:
        path = self.folder / digest.hex
        path.write_bytes(self.get(digest))
        return path

    def has(self, digest: Digest) -> bool:
        return digest in self.objects

    def create(self, name: str, data: bytes) -> bool:
        fresh = check_path(name) not in self.named
        self.named.setdefault(name, data)
        return fresh

    def read(self, name: str) -> bytes | None:
        return self.named.get(check_path(name))

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.named if name.startswith(prefix))

    def read_journal(self, run: str) -> bytes:
        return self.journals.get(run, b"")

    def append(self, run: str, line: bytes, *, expected: Digest | None, lease: Lease) -> None:
        lines = self.read_journal(run).split(b"\n")[:-1]
        head = Digest.parse(load_json(lines[-1])["entry_hash"]) if lines else None
        if head != expected or self.held.get(lease.name) is not lease:
            raise ConflictError("another head or lease", where=run, todo="run again")
        self.journals[run] = b"".join(each + b"\n" for each in [*lines, line])

    def lease(self, name: str) -> MemoryLease:
        if name in self.held:
            raise ConflictError(f"{name} is taken by process 0", where="memory", todo="wait")
        self.tokens[name] = self.tokens.get(name, 0) + 1
        self.held[name] = MemoryLease(self, name, self.tokens[name])
        return self.held[name]

    def holder(self, name: str) -> str | None:
        return "process 0" if name in self.held else None

    def fingerprints(self, run: str) -> Mapping[str, object]:
        marks: dict[str, object] = {f"objects/{digest.hex}": 1 for digest in self.objects}
        marks |= {f"names/{name}": data for name, data in self.named.items()}
        return marks | (
            {f"journals/{run}.jsonl": self.journals[run]} if run in self.journals else {}
        )
