"""Progress drawn on a terminal: a spinner with the time, and the last line of the running step.

Finished stages scroll up as ordinary lines; only the two lowest lines are redrawn.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline.edges.terminal.progress import Running, finished_line, name, place
from pipeline.edges.terminal.screen import Screen, shown
from pipeline.edges.terminal.text import clean, duration

if TYPE_CHECKING:
    from rich.console import RenderableType

REFRESH = 8.0
"""How often the two lines are redrawn, times a second."""


class LiveProgress:
    """A spinner on a terminal; loads the drawing library when it is made."""

    def __init__(
        self, screen: Screen, *, prefix: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing is drawn before the context is entered."""
        from rich.live import Live
        from rich.spinner import Spinner

        self._screen = screen
        self._prefix = prefix
        self._clock = clock
        self._running = Running(since=clock())
        self._spinner = Spinner(screen.symbols.spinner, style="cyan")
        self._live = Live(
            console=screen.console,
            get_renderable=self._draw,
            refresh_per_second=REFRESH,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the two lines and give the cursor back; a terminal that is gone needs neither."""
        try:
            self._live.stop()
        except (OSError, ValueError):
            return

    def stage_started(self, stage_id: str, alias: str, n: int, total: int) -> None:
        """Show the stage's name and place."""
        self._running = Running(
            since=self._clock(), stage=name(stage_id, alias), place=self._prefix + place(n, total)
        )

    def step_started(self, task: str) -> None:
        """Show the task's name; the time shown stays that of the stage."""
        self._running.task = clean(task)
        self._running.last = ""

    def output(self, line: str) -> None:
        """Show the line until the next one comes."""
        if text := clean(line).strip():
            self._running.last = text

    def stage_finished(self, verdict: str, seconds: float, note: str) -> None:
        """Let the stage scroll up as a line of its own."""
        done, self._running = self._running, Running(since=self._clock())
        self._screen.write([finished_line(self._screen, done, verdict, seconds, note)])

    def _draw(self) -> "RenderableType":
        """Draw the moment: two lines at most, neither wider than the terminal."""
        from rich.console import Group
        from rich.text import Text

        now = self._running
        self._screen.follow_width()
        words = " ".join(part for part in (now.place, now.stage or "working") if part)
        task = f"  {now.task}" if now.task else ""
        head = Text.assemble(
            (words, "bold"), (task, "dim"), f"  {duration(self._clock() - now.since)}"
        )
        head.no_wrap, head.overflow = True, "crop"
        self._spinner.update(text=head)
        if not now.last:
            return self._spinner
        encoding = self._screen.stream.encoding
        last = Text(f"  {shown(now.last, encoding)}", style="dim", no_wrap=True, overflow="crop")
        return Group(self._spinner, last)
