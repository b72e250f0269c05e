"""`releases/ledger.json`: the chain of all adoptions, read strictly and written in one form.

Rules that `Ledger.parse` enforces, by number:

1. The file is of this schema and in its one form: an entry a line, each canonical JSON.
2. `entry_hash` is the SHA-256 of the canonical JSON of the entry without it.
3. `prev_hash` is the hash of the entry before (null for the first), and `id` counts from 1.
4. Object numbers are contiguous: `max_before` is the `max_after` before it (0 at first), `first`
   follows it, `max_after` is `count` further, `next_free` follows that.
5. A set and a run stand once.
6. The pins are those of the file as it was before the entry, and of the objects listed so far.
7. Time never runs backwards.

So an entry that was changed, taken out, put in, doubled or moved is found, all but the newest one:
nothing in the file can know what was cut off its end. What is in the folders then has no entry.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger.entry import Entry
from pipeline.core.ledger.lines import TAIL, head, render, split

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "https://release-ladder.readthedocs.io/schemas/ledger/v1"
_MEMBERS = {"schema": SCHEMA}
_NAME = "entries"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The checked entries, oldest first."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Ledger:
        """Read and check a ledger; `MalformedError` says which entry breaks which rule."""
        try:
            lines = split(data, _MEMBERS, _NAME)
        except MalformedError as error:
            msg = f"rule 1: {error}"
            raise MalformedError(msg) from error
        entries: list[Entry] = []
        walk = _Walk()
        for number, line in enumerate(lines, 1):
            try:
                entry = _read(line)
                walk.check(entry, number)
                walk.take(entry, line)
            except MalformedError as error:
                msg = f"entry {number}: {error}"
                raise MalformedError(msg) from error
            entries.append(entry)
        return cls(tuple(entries))

    def render(self) -> bytes:
        """Return the file's bytes."""
        return render(_MEMBERS, _NAME, [entry.to_line() for entry in self.entries])

    @property
    def head(self) -> str | None:
        """The hash of the newest entry."""
        return self.entries[-1].entry_hash if self.entries else None

    @property
    def max(self) -> int:
        """The highest object number that is taken."""
        return self.entries[-1].max_after if self.entries else 0

    @property
    def next_free(self) -> int:
        """The first object number that is free."""
        return self.max + 1

    def find(self, name: str) -> Entry | None:
        """Return the entry of an artifact set id or entry id."""
        return next((entry for entry in self.entries if name in {entry.id, entry.set}), None)


def manifest_line(artifact_set: str, digest: str) -> bytes:
    """Return a release's line in the list that the pins are of."""
    return f"{digest.removeprefix('sha256:')}  {artifact_set}/objects.json\n".encode()


def pinned(objects: Mapping[str, str]) -> str:
    """Return the digest of the list of releases with their `objects.json`, in ledger order."""
    text = b"".join(manifest_line(name, digest) for name, digest in objects.items())
    return str(Digest.of(text))


def _read(line: bytes) -> Entry:
    try:
        return Entry.from_line(line)
    except MalformedError as error:
        rule = 2 if "entry_hash is not" in str(error) else 1
        msg = f"rule {rule}: {error}"
        raise MalformedError(msg) from error


class _Walk:
    """What the next entry must fit: the one before, and the digests of all before it."""

    def __init__(self) -> None:
        self.last: Entry | None = None
        self.names: set[str] = set()
        self.file = hashlib.sha256(head(_MEMBERS, _NAME))
        self.objects = hashlib.sha256()

    def check(self, entry: Entry, number: int) -> None:
        last = self.last
        if (
            entry.prev_hash != (last.entry_hash if last else None)
            or entry.id != f"adoption-{number}"
        ):
            msg = "rule 3: it does not follow the entry before: one was taken out, put in or moved"
            raise MalformedError(msg)
        highest = last.max_after if last else 0
        wanted = (highest, highest + 1, highest + entry.count, highest + entry.count + 1)
        if (entry.max_before, entry.first, entry.max_after, entry.next_free) != wanted:
            msg = f"rule 4: its numbers are not the {entry.count} that follow {highest}"
            raise MalformedError(msg)
        for name in (entry.set, entry.run):
            if name in self.names:
                msg = f"rule 5: {name} stands twice"
                raise MalformedError(msg)
        self._check_pins(entry)
        if last is not None and entry.adopted_at < last.adopted_at:
            msg = f"rule 7: {entry.adopted_at} is before {last.adopted_at}"
            raise MalformedError(msg)

    def _check_pins(self, entry: Entry) -> None:
        before = self.file.copy()
        before.update(TAIL)
        allowed = {f"sha256:{before.hexdigest()}"} | ({None} if self.last is None else set())
        after = self.objects.copy()
        after.update(manifest_line(entry.set, entry.objects))
        objects = (self.objects.hexdigest(), after.hexdigest())
        pins = entry.pins
        if pins.ledger not in allowed or objects != (
            pins.objects_before.removeprefix("sha256:"),
            pins.objects_after.removeprefix("sha256:"),
        ):
            msg = "rule 6: its pins are not of what was there before it"
            raise MalformedError(msg)

    def take(self, entry: Entry, line: bytes) -> None:
        self.file.update((b"," if self.last else b"") + line + b"\n")
        self.objects.update(manifest_line(entry.set, entry.objects))
        self.names |= {entry.set, entry.run}
        self.last = entry
