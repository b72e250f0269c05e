"""Histories that a release can have, written as promotes write them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import strategies as st

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.journal import Entry, Journal, Status

CONTEXT = Digest.of(b"run.json")
ENDS = (Status.PASS, Status.FAIL, Status.RETRY)


def moment(second: int) -> str:
    return f"2026-06-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@dataclasses.dataclass
class Scribe:
    """Writes histories as a promote does: each entry bound to the one before."""

    entries: list[Entry] = dataclasses.field(default_factory=list)
    second: int = 0

    def write(self, status: Status, step_id: str, /, **changes: Any) -> Entry:  # noqa: ANN401 - fields
        inputs: dict[str, Any] = {} if self.entries else {"context": str(CONTEXT)}
        if status in ENDS:
            inputs["begin"] = self.entries[-1].entry_hash
        fields: dict[str, Any] = {
            "step_id": step_id,
            "name": step_id.rpartition("/")[0],
            "status": status,
            "started_at": moment(self.second),
            "completed_at": None if status is Status.BEGIN else moment(self.second),
            "inputs": inputs,
            "outputs": {},
            "prev_hash": self.entries[-1].entry_hash if self.entries else None,
        }
        self.entries.append(Entry.make(**(fields | changes)))
        return self.entries[-1]

    def attempt(self, step_id: str, status: Status = Status.PASS) -> None:
        self.write(Status.BEGIN, step_id)
        self.write(status, step_id)

    @property
    def data(self) -> bytes:
        return Journal(tuple(self.entries)).to_bytes()

    def parse(self) -> Journal:
        return Journal.parse(self.data, context=CONTEXT)


@st.composite
def histories(draw: st.DrawFn) -> Scribe:
    """Histories that a release can have: attempts, maybe a cut-off one, maybe given up."""
    scribe = Scribe()
    for number in range(draw(st.integers(0, 5))):
        stage = draw(st.sampled_from(["water", "boil", "pour"]))
        scribe.second += draw(st.sampled_from([0, 1, 3000]))
        scribe.write(Status.BEGIN, f"{stage}/{number + 1}")
        scribe.second += draw(st.sampled_from([0, 2]))
        scribe.write(draw(st.sampled_from(ENDS)), f"{stage}/{number + 1}")
    if draw(st.booleans()):
        scribe.write(Status.BEGIN, "pour/9")
    if draw(st.booleans()):
        scribe.write(Status.ABANDONED, "abandoned/1", inputs={"context": str(CONTEXT)})
    return scribe


def story() -> Scribe:
    """Six entries: two attempts of water, one of boil."""
    scribe = Scribe()
    for second, (step_id, status) in enumerate(
        [("water/1", Status.RETRY), ("water/2", Status.PASS), ("boil/1", Status.PASS)]
    ):
        scribe.second = second
        scribe.attempt(step_id, status)
    return scribe


def refused(data: bytes, rule: int, line: int) -> None:
    with pytest.raises(MalformedError, match=f"^journal line {line}: rule {rule}:"):
        Journal.parse(data, context=CONTEXT)
