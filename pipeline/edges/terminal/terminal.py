"""The terminal as tasks use it: ladders, progress, errors, and JSON for machines.

With `json=True` stdout carries one JSON document and nothing else; everything that people read goes
to stderr. Without it people read stdout; errors go to stderr always.
"""

import json as json_text
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TextIO

from pipeline.edges.terminal.decision import plan_lines, promoted_lines, why_lines
from pipeline.edges.terminal.ladder import ladder_lines
from pipeline.edges.terminal.progress import HEARTBEAT, PlainProgress, Progress
from pipeline.edges.terminal.replay import replay_lines
from pipeline.edges.terminal.screen import Screen
from pipeline.edges.terminal.text import Line, Part, clean
from pipeline.errors import InvalidConfigurationError, LadderError

REPORT = "this is a bug: report it with the command that you typed and these lines"


@dataclass(slots=True, kw_only=True)
class Terminal:
    """Two streams, and who reads which."""

    out: TextIO
    people: Screen
    errors: Screen
    for_machines: bool
    _told: bool = field(default=False, init=False)

    @classmethod
    def for_streams(cls, out: TextIO, err: TextIO, *, json: bool) -> Self:
        """Make a terminal of two text streams; `json` keeps `out` for one document."""
        errors = Screen.of(err)
        people = errors if json else Screen.of(out)
        return cls(out=out, people=people, errors=errors, for_machines=json)

    def say(self, text: str = "") -> None:
        """Write words for people, one line for each line of the text."""
        self.people.write([(Part(clean(line)),) for line in text.split("\n")])

    def ladder(self, status: Mapping[str, Any]) -> None:
        """Draw a target's entry of the posture document; stages may carry `detail`, `seconds`."""
        width, symbols = self.people.width, self.people.symbols
        self.people.write(ladder_lines(status, width=width, symbols=symbols))

    def promoted(
        self, status: Mapping[str, Any], did: Sequence[str], notes: Sequence[str] = ()
    ) -> None:
        """Say which stages (ids) a promotion passed, or that nothing was to do; then the ladder.

        `notes` are lines besides, whole ones.
        """
        self.people.write(promoted_lines(did, notes, width=self.people.width))
        self.ladder(status)

    def plan(self, planned: Mapping[str, Any]) -> None:
        """Say what `promote` would do next, and the decision about the first stage of it."""
        width, symbols = self.people.width, self.people.symbols
        self.people.write(plan_lines(planned, width=width, symbols=symbols))

    def why(self, found: Mapping[str, Any]) -> None:
        """Say every finding about a stage: what holds first, with the command that clears it."""
        width, symbols = self.people.width, self.people.symbols
        self.people.write(why_lines(found, width=width, symbols=symbols))

    def replayed(self, found: Mapping[str, Any]) -> None:
        """Say whether an old decision was reproduced, and what has changed since."""
        self.people.write(replay_lines(found, width=self.people.width))

    def progress(self, *, heartbeat: float = HEARTBEAT, prefix: str = "") -> Progress:
        """Show a climb while it lasts: drawn on a terminal, told line by line elsewhere.

        `prefix` stands before each stage's place, for what only looks like a climb.
        """
        if self.people.live:
            from pipeline.edges.terminal.live import LiveProgress

            return LiveProgress(self.people, prefix=prefix)
        return PlainProgress(self.people, heartbeat=heartbeat, prefix=prefix)

    def error(self, error: BaseException) -> None:
        """Write what happened, where, and what to do: three lines, one each."""
        self.errors.write(error_lines(error))

    def json(self, document: object) -> None:
        """Write the one JSON document; raises RuntimeError when there was one already."""
        if self._told:
            raise RuntimeError("stdout carries one JSON document, and it has been written")
        text = json_text.dumps(document, indent=2, allow_nan=False)  # ASCII: any stream takes it
        self.out.write(f"{text}\n")
        self.out.flush()
        self._told = True


def error_lines(error: BaseException) -> list[Line]:
    """Write an error in its three lines; only a list of problems makes the first one longer.

    An error that nobody foresaw names its own place in the code.
    """
    what, where, todo = error.lines() if isinstance(error, LadderError) else _unforeseen(error)
    listed = isinstance(error, InvalidConfigurationError)
    first, *more = what.split("\n") if listed else [what]
    return [
        (Part("error: ", "red"), Part(clean(first), "bold")),
        *((Part(clean(line)),) for line in more),
        (Part("where: ", "dim"), Part(clean(where))),
        (Part("to do: ", "dim"), Part(clean(todo))),
    ]


def _unforeseen(error: BaseException) -> tuple[str, str, str]:
    trace, where = error.__traceback__, "unknown"
    while trace is not None:
        code = trace.tb_frame.f_code
        where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    words = clean(str(error))
    return (
        f"unexpected {type(error).__name__}{f': {words}' if words else ''}",
        where,
        REPORT,
    )
