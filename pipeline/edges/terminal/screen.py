"""One output stream: styled lines on a terminal, plain ones elsewhere; it never stops a promotion.

A reader may go away (a closed pipe, a lost connection). What is proven then goes on being proven,
so writing for people falls silent instead of failing.
"""

import os
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TextIO

from pipeline.edges.terminal.symbols import Symbols, symbols_for
from pipeline.edges.terminal.text import Line, plain

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 100
"""Columns where nobody says how many there are."""
LEAST_WIDTH = 40
"""Narrower than this is drawn as if it were this wide."""


@dataclass(slots=True)
class Screen:
    """A stream that people read; `live` says that it is a terminal which can be drawn on."""

    stream: TextIO
    live: bool
    symbols: Symbols
    _gone: bool = field(default=False, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _console: "Console | None" = field(default=None, init=False)

    @classmethod
    def of(cls, stream: TextIO) -> Self:
        """Look at a stream: whether it is a terminal that can be drawn on, and what it can show."""
        live = stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}
        return cls(stream, live, symbols_for(stream.encoding))

    @property
    def width(self) -> int:
        """Columns now: what COLUMNS says, else the terminal's own, else PIPED_WIDTH."""
        told = os.environ.get("COLUMNS", "")
        if told.isdecimal() and int(told):
            return max(int(told), LEAST_WIDTH)
        if not self.live:
            return PIPED_WIDTH
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns
        except (OSError, ValueError):
            columns = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
        return max(columns or PIPED_WIDTH, LEAST_WIDTH)

    @property
    def console(self) -> "Console":
        """The drawing library's console on this stream; loaded at first use (190 ms)."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self.stream,
                force_terminal=True,
                no_color=bool(os.environ.get("NO_COLOR")),
                highlight=False,
                markup=False,
                emoji=False,
            )
        return self._console

    def follow_width(self) -> None:
        """Draw as wide as the terminal is now: people resize it while a release climbs."""
        self.console.width = self.width

    def write(self, lines: Iterable[Line]) -> None:
        """Write lines for people; a reader who is gone is no error."""
        with self._lock:
            if self._gone:
                return
            try:
                if self.live:
                    self._styled(lines)
                else:
                    self._plain(lines)
                self.stream.flush()
            except (OSError, ValueError):  # ValueError: the stream was closed on our side
                self._fall_silent()

    def _plain(self, lines: Iterable[Line]) -> None:
        text = "".join(f"{plain(line)}\n" for line in lines)
        self.stream.write(shown(text, self.stream.encoding))

    def _styled(self, lines: Iterable[Line]) -> None:
        from rich.text import Text

        self.follow_width()
        for line in lines:
            parts = [(shown(part.text, self.stream.encoding), part.style) for part in line]
            self.console.print(Text.assemble(*parts), soft_wrap=True)

    def _fall_silent(self) -> None:
        """Write nothing more; and let Python's own flush at exit find an open stream."""
        self._gone = True
        try:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, self.stream.fileno())
            os.close(sink)
        except (OSError, ValueError):
            return


def shown(text: str, encoding: str | None) -> str:
    """Replace what an encoding cannot show by `?`."""
    name = encoding or "ascii"
    return text.encode(name, "replace").decode(name)
