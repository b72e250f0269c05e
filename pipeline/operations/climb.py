"""A climb: what one `promote` holds while it goes from rung to rung."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.core.canonical import digest_of
from pipeline.core.journal import Status
from pipeline.core.position import position
from pipeline.edges import clock
from pipeline.operations import history
from pipeline.operations.live import target_lease
from pipeline.operations.pinned import pin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.edges.pins import Pins
    from pipeline.edges.store import Lease
    from pipeline.operations.deciding import Deciding
    from pipeline.operations.history import Run
    from pipeline.operations.signer_boundary import ProvenSigner
    from pipeline.operations.workspace import Workspace


class StepRunner(Protocol):
    """How a step's process is started. `tasks/` hands one in: flows do not know tasks."""

    def command(self) -> list[str]:
        """Return the argument vector of a process that reads RELEASE_LADDER_STEP and runs it."""

    def environment(self) -> dict[str, str]:
        """Return what that process needs in its environment beside what every step gets."""


class Watch(Protocol):
    """Who is told how a climb goes."""

    def stage_started(self, stage_id: str, alias: str, number: int, total: int) -> None:
        """Tell that an attempt of a stage begins."""

    def step_started(self, task: str) -> None:
        """Tell that a step begins."""

    def output(self, line: str) -> None:
        """Pass on a line that a step printed."""

    def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
        """Tell how the attempt ended."""


@dataclass(kw_only=True)
class Climb:
    """One promote at work. Only `run` changes: it grows with the journal."""

    workspace: Workspace
    ladder: Ladder
    run: Run
    lease: Lease
    signer: ProvenSigner
    runner: StepRunner
    watch: Watch
    asked: int
    target: Lease | None = None
    """The target's lease, while a stage is at work that has an effect on it."""
    did: list[str] = field(default_factory=list)
    """Ids of the stages that this climb has passed itself."""
    pins: Pins = field(init=False)
    """What no step of this climb may touch, as it was when the climb began."""

    def __post_init__(self) -> None:
        """Take the pins."""
        self.pins = pin(self.workspace)

    @contextmanager
    def on_target(self) -> Iterator[None]:
        """Hold the target's own lease: two releases to one target act one after the other (14).

        What is decided about the target is decided under it, and its number is the token of every
        effect, since the run's lease is counted for that run alone.
        """
        with self.workspace.lease(target_lease(self.ladder)) as lease:
            self.target = lease
            try:
                yield
            finally:
                self.target = None

    @property
    def token(self) -> int:
        """The number that effects carry: the target's lease where it is held, else the run's."""
        return (self.target or self.lease).token

    def folder(self, stage: Stage, attempt: int) -> Path:
        """Return the private folder of an attempt."""
        work = self.workspace.state / "work" / self.run.context.run
        return work / stage.id / str(attempt)

    def begin(self, stage: Stage, ground: Deciding) -> Entry:
        """Append the begin of the next attempt of a stage (line 9)."""
        attempt = position(self.run.journal, stage.id).next_attempt
        case = ground.case
        inputs: dict[str, Any] = {
            "context": str(self.run.context.digest),
            "stage": str(stage.definition),
            "decision": str(ground.decision.digest),
            "artifacts": {name: str(d) for name, d in case.evidence.artifacts.items()},
            "imports": list(ground.imports),
            "bound": ground.substance,
            "live": ground.live,
            "key": attempt_key(self.run, stage, attempt),
        }
        self.workspace.store.put(ground.decision.to_bytes())
        return self._append(f"{stage.id}/{attempt}", Status.BEGIN, clock.now(), inputs, {})

    def end(self, begin: Entry, status: Status, outputs: dict[str, Any]) -> Entry:
        """Append the end of an attempt; for a pass or a fail this is the commit point (line 13)."""
        inputs = {"begin": begin.entry_hash}
        return self._append(begin.step_id, status, begin.started_at, inputs, outputs)

    def retry(self, begin: Entry, reason: str) -> bool:
        """End an attempt that neither passed nor failed: it is not counted.

        What came in between may have come just after the attempt had ended (or the disk refuses
        the end of it, too): the journal is read again, and an end that is there stays the end.
        Tells whether this call ended it.
        """
        self.run = history.again(self.workspace, self.run)
        last = self.run.journal.open_begin
        if last is None or last.entry_hash != begin.entry_hash:
            return False
        self.end(begin, Status.RETRY, {"reason": reason[:500], "counted": False})
        return True

    def _append(
        self,
        step_id: str,
        status: Status,
        started_at: str,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
    ) -> Entry:
        self.run = history.append(
            self.workspace,
            self.run,
            self.lease,
            step_id=step_id,
            status=status,
            started_at=started_at,
            inputs=inputs,
            outputs=outputs,
        )
        return self.run.journal.entries[-1]


def attempt_key(run: Run, stage: Stage, attempt: int) -> str:
    """Return the attempt's key: H(context, stage digest, n)."""
    return str(digest_of([str(run.context.digest), str(stage.definition), attempt]))
