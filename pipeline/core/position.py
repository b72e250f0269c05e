"""Where a release stands on its ladder: state is the fold of the journal, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.core.journal import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.journal import Entry, Journal


class StageState(StrEnum):
    """What the journal says of a stage."""

    NOT_BEGUN = "not_begun"
    OPEN = "open"
    RETRY = "retry"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePosition:
    """A stage's newest attempt."""

    state: StageState
    attempt: int
    """Number of the newest attempt, 0 if there is none; the next one's number if uncounted."""
    failures: int
    """Counted failures since the stage last passed."""
    begin: Entry | None
    end: Entry | None

    @property
    def result(self) -> str | None:
        """Digest of the stage result that the journal's end names."""
        value = self.end.outputs.get("stage_result") if self.end else None
        return value if isinstance(value, str) else None

    @property
    def next_attempt(self) -> int:
        """The number of the attempt to begin now: an uncounted retry keeps its number."""
        if self.state is StageState.RETRY and self.end and not self.end.outputs.get("counted"):
            return self.attempt
        return self.attempt + 1


def position(journal: Journal, stage_id: str) -> StagePosition:
    """Fold the journal into one stage's position."""
    state, failures = StageState.NOT_BEGUN, 0
    begin: Entry | None = None
    end: Entry | None = None
    for entry in journal.of(stage_id):
        match entry.status:
            case Status.BEGIN:
                state, begin, end = StageState.OPEN, entry, None
            case Status.PASS:
                state, end, failures = StageState.PASSED, entry, 0
            case Status.FAIL:
                state, end = StageState.FAILED, entry
            case Status.RETRY:
                state, end = StageState.RETRY, entry
                failures += 1 if entry.outputs.get("counted") else 0
            case Status.ABANDONED:
                pass
    return StagePosition(
        state=state,
        attempt=begin.attempt if begin else 0,
        failures=failures,
        begin=begin,
        end=end,
    )


def predecessors(journal: Journal, below: Iterable[str]) -> tuple[str, ...]:
    """Return the digests of the results of the stages below, as the journal's entries have them."""
    results = (position(journal, stage_id).result for stage_id in below)
    return tuple(result for result in results if result is not None)
