"""The journal: begin and end of every attempt, hash-chained. The end is the commit point.

Rules that `Journal.parse` enforces, by number:

1. Every line is one entry in canonical JSON with exactly the nine fields, each of its type; times
   are RFC 3339 UTC in whole seconds, `step_id` is `STAGE_ID/N` of the entry's own stage.
2. `entry_hash` is the SHA-256 of the canonical JSON of the entry without it.
3. `prev_hash` is the hash of the entry before; the first is null and its `inputs.context` is the
   digest of `run.json`.
4. A begin is followed by its own end, by `abandoned`, or by nothing; an end names the hash of its
   begin.
5. Time never runs backwards.
6. Nothing follows `abandoned`.

Only an unterminated last line is dropped: it is a write that a kill cut short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.core.canonical import Digest, MalformedError, canonical, digest_of, load_canonical

FIELDS = frozenset(
    {
        "step_id",
        "name",
        "status",
        "started_at",
        "completed_at",
        "inputs",
        "outputs",
        "prev_hash",
        "entry_hash",
    }
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_STEP_ID = re.compile(r"(.+)/[1-9][0-9]{0,8}")


class Status(StrEnum):
    """What an entry says of its attempt."""

    BEGIN = "begin"
    PASS = "pass"
    FAIL = "fail"
    RETRY = "retry"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal."""

    step_id: str
    name: str
    status: Status
    started_at: str
    completed_at: str | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    prev_hash: str | None
    entry_hash: str

    @classmethod
    def make(
        cls,
        *,
        step_id: str,
        name: str,
        status: Status,
        started_at: str,
        completed_at: str | None,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        prev_hash: str | None,
    ) -> Entry:
        """Make an entry and its hash."""
        body = {
            "step_id": step_id,
            "name": name,
            "status": status.value,
            "started_at": started_at,
            "completed_at": completed_at,
            "inputs": inputs,
            "outputs": outputs,
            "prev_hash": prev_hash,
        }
        return cls(**{**body, "status": status}, entry_hash=str(digest_of(body)))  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {name: getattr(self, name) for name in sorted(FIELDS)} | {
            "status": self.status.value
        }

    def to_line(self) -> bytes:
        """Return the entry's line, without the newline."""
        return canonical(self.to_dict())

    @property
    def at(self) -> str:
        """When the entry was written."""
        return self.completed_at or self.started_at

    @property
    def attempt(self) -> int:
        """The attempt's number, from its step id `STAGE_ID/N`."""
        return int(self.step_id.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Journal:
    """A run's checked entries, oldest first."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def parse(cls, data: bytes, *, context: Digest) -> Journal:
        """Read and check a journal; `MalformedError` says which line breaks which rule."""
        complete = data[: data.rfind(b"\n") + 1]
        entries: list[Entry] = []
        for number, line in enumerate(complete.split(b"\n")[:-1], 1):
            try:
                entry = _read(line)
                _check(entry, entries, context)
            except MalformedError as error:
                msg = f"journal line {number}: {error}"
                raise MalformedError(msg) from error
            entries.append(entry)
        return cls(tuple(entries))

    def to_bytes(self) -> bytes:
        """Return the journal's file."""
        return b"".join(entry.to_line() + b"\n" for entry in self.entries)

    @property
    def head(self) -> str | None:
        """The hash of the last entry."""
        return self.entries[-1].entry_hash if self.entries else None

    @property
    def open_begin(self) -> Entry | None:
        """The begin that has no end yet, if the last entry is one."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.status is Status.BEGIN else None

    @property
    def abandoned(self) -> Entry | None:
        """The entry by which the release was given up, if it was."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.status is Status.ABANDONED else None

    def upto(self, count: int) -> Journal:
        """Return the journal as it stood after `count` entries."""
        return Journal(self.entries[:count])

    def of(self, stage_id: str) -> tuple[Entry, ...]:
        """Return the entries of one stage."""
        return tuple(entry for entry in self.entries if entry.name == stage_id)


def _read(line: bytes) -> Entry:
    try:
        value = load_canonical(line)
    except MalformedError as error:
        msg = f"rule 1: {error}"
        raise MalformedError(msg) from error
    if not isinstance(value, dict) or set(value) != FIELDS:
        msg = f"rule 1: an entry holds exactly {', '.join(sorted(FIELDS))}"
        raise MalformedError(msg)
    body = {name: member for name, member in value.items() if name != "entry_hash"}
    if str(digest_of(body)) != value["entry_hash"]:
        msg = "rule 2: entry_hash is not the hash of the entry"
        raise MalformedError(msg)
    _check_types(value)
    return Entry(**{**value, "status": Status(value["status"])})


def _check_types(value: dict[str, Any]) -> None:
    if value["status"] not in list(Status):
        msg = f"rule 1: status is one of {', '.join(Status)}"
        raise MalformedError(msg)
    times = [value["started_at"]]
    times += [] if value["completed_at"] is None else [value["completed_at"]]
    if not all(isinstance(time, str) and _TIME.fullmatch(time) for time in times):
        msg = "rule 1: times are RFC 3339 UTC in whole seconds"
        raise MalformedError(msg)
    if not isinstance(value["inputs"], dict) or not isinstance(value["outputs"], dict):
        msg = "rule 1: inputs and outputs are objects"
        raise MalformedError(msg)
    named = _STEP_ID.fullmatch(value["step_id"]) if isinstance(value["step_id"], str) else None
    if named is None or named[1] != value["name"]:
        msg = f"rule 1: step_id {str(value['step_id'])[:80]!r} is not STAGE_ID/N of its stage"
        raise MalformedError(msg)


def _check(entry: Entry, before: list[Entry], context: Digest) -> None:
    last = before[-1] if before else None
    if entry.prev_hash != (last.entry_hash if last else None):
        msg = "rule 3: prev_hash is not the hash of the entry before"
        raise MalformedError(msg)
    if last is None and (
        entry.status not in {Status.BEGIN, Status.ABANDONED}
        or entry.inputs.get("context") != str(context)
    ):
        msg = "rule 3: the first entry does not bind this run's context"
        raise MalformedError(msg)
    if entry.status is not Status.ABANDONED:
        _check_attempt(entry, last)
    if last is not None and entry.at < last.at:
        msg = f"rule 5: {entry.at} is before {last.at}"
        raise MalformedError(msg)
    if last is not None and last.status is Status.ABANDONED:
        msg = "rule 6: an entry after the release was abandoned"
        raise MalformedError(msg)


def _check_attempt(entry: Entry, last: Entry | None) -> None:
    is_open = last is not None and last.status is Status.BEGIN
    if entry.status is Status.BEGIN:
        if is_open or entry.completed_at is not None:
            msg = "rule 4: a begin while another attempt is open"
            raise MalformedError(msg)
        return
    if last is None or not is_open or entry.completed_at is None:
        msg = "rule 4: an end without its begin"
        raise MalformedError(msg)
    if entry.step_id != last.step_id or entry.inputs.get("begin") != last.entry_hash:
        msg = "rule 4: an end that names another begin"
        raise MalformedError(msg)
