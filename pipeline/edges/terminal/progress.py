"""Progress of a climb: what is running, since when, and how it ended.

`PlainProgress` writes whole lines, and one more whenever nothing else was written for a while, so
that whoever reads a log knows that it lives. `LiveProgress` (its own file) draws on a terminal.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from pipeline.edges.terminal.screen import Screen
from pipeline.edges.terminal.symbols import STYLES
from pipeline.edges.terminal.text import Line, Part, clean, duration

HEARTBEAT = 10.0
"""Seconds of silence after which a line says that the work goes on."""


class Progress(Protocol):
    """What a promotion tells about itself; used as a context, and never able to fail it."""

    def __enter__(self) -> Self:
        """Begin to show progress."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show nothing more, whatever happened."""
        ...

    def stage_started(self, stage_id: str, alias: str, n: int, total: int) -> None:
        """Say that the n-th of all stages begins (n from 1)."""
        ...

    def step_started(self, task: str) -> None:
        """Say which task of the stage runs now."""
        ...

    def output(self, line: str) -> None:
        """Hand on a line that the step printed."""
        ...

    def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
        """Say how the stage ended (pass, fail, retry, hold), how long it took, and a short note."""
        ...


@dataclass(slots=True)
class Running:
    """What runs now, and its last line; `since` is a reading of the clock in seconds."""

    since: float
    stage: str = ""
    place: str = ""
    task: str = ""
    last: str = ""

    @property
    def what(self) -> str:
        """Name what runs, as exactly as is known."""
        return self.task or self.stage or "working"

    @property
    def indent(self) -> str:
        """Blanks that put a line below the name of the stage, if one runs."""
        return " " * (len(self.place) + 1) if self.place else ""


def place(n: int, total: int) -> str:
    """Write a stage's place among all: `[3/8]`, as wide for every n."""
    return f"[{n:>{len(str(total))}}/{total}]"


def name(stage_id: str, alias: str) -> str:
    """Write a stage's id with its alias, once where they are the same."""
    return clean(stage_id if stage_id == alias else f"{stage_id} ({alias})")


def finished_line(screen: Screen, now: Running, verdict: str, seconds: float, note: str) -> Line:
    """Write how a stage ended; the same words on a terminal and in a log."""
    style = STYLES.get(verdict, "")
    return (
        Part(f"{now.place} " if now.place else "", "dim"),
        Part(f"{screen.symbols.of(verdict)} ", style),
        Part(f"{now.stage}: "),
        Part(clean(verdict), style),
        Part(f", {duration(seconds)}", "dim"),
        Part(f", {clean(note)}" if note else ""),
    )


class PlainProgress:
    """Whole lines, in order, and a heartbeat after `heartbeat` seconds of silence."""

    def __init__(
        self,
        screen: Screen,
        *,
        heartbeat: float = HEARTBEAT,
        prefix: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is written, and no thread runs, before the context is entered."""
        self._screen = screen
        self._prefix = prefix
        self._heartbeat = heartbeat
        self._clock = clock
        self._running = Running(since=clock())
        self._spoken = clock()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin to count the silence."""
        self._spoken = self._clock()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the heartbeat."""
        self._over.set()
        self._thread.join()

    def stage_started(self, stage_id: str, alias: str, n: int, total: int) -> None:
        """Write the stage's name and place."""
        with self._lock:
            self._running = Running(
                since=self._clock(),
                stage=name(stage_id, alias),
                place=self._prefix + place(n, total),
            )
            ellipsis = self._screen.symbols.ellipsis
            dots = "..." if ellipsis.isascii() else ellipsis
            self._say((Part(f"{self._running.place} {self._running.stage} {dots}"),))

    def step_started(self, task: str) -> None:
        """Write the task's name."""
        with self._lock:
            self._running.task = clean(task)
            self._running.last = ""
            self._running.since = self._clock()
            self._say((Part(f"{self._running.indent}{self._running.task}", "dim"),))

    def output(self, line: str) -> None:
        """Keep the line for the heartbeat; the step's log has them all."""
        if text := clean(line).strip():
            with self._lock:
                self._running.last = text

    def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
        """Write how the stage ended."""
        with self._lock:
            self._say(finished_line(self._screen, self._running, verdict, seconds, note))
            self._running = Running(since=self._clock())

    def _say(self, line: Line) -> None:
        self._spoken = self._clock()
        self._screen.write([line])

    def _beat(self) -> None:
        while not self._over.wait(self._until_next()):
            with self._lock:
                if self._clock() - self._spoken >= self._heartbeat:
                    self._say(self._alive())

    def _until_next(self) -> float:
        with self._lock:
            return max(self._heartbeat - (self._clock() - self._spoken), 0.01)

    def _alive(self) -> Line:
        now = self._running
        words = f"still running: {now.what}" if now.what != "working" else "still working"
        last = f": {now.last[:160]}" if now.last else ""
        return (Part(f"{now.indent}{words}, {duration(self._clock() - now.since)}{last}", "dim"),)
