"""Every error a user can meet: one class per exit code, caught in one place.

An error says three things, each on a line of its own: *what* happened, *where*, and what *to do*.
The words stand beside the raise; this file only fixes the exit codes that people rely on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def counted(number: int, thing: str) -> str:
    """Return how many of a thing there are, in words: `1 problem`, `2 problems`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


class LadderError(Exception):
    """An expected error: exit code, what happened, where, what to do."""

    exit_code = 1

    def __init__(self, what: str, *, where: str, todo: str) -> None:
        """Keep the three lines; `str()` gives them as one text."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def lines(self) -> tuple[str, str, str]:
        """Return the three lines a user reads, without prefixes."""
        return (self.what, self.where, self.todo)

    def __str__(self) -> str:
        """Return the three lines as one text."""
        return "\n".join(self.lines())


class WrongUsageError(LadderError):
    """Exit 1: the call itself does not make sense."""

    exit_code = 1


class EnvironmentFailedError(LadderError):
    """Exit 1: this machine failed us (full disk, permission); nothing was recorded as failed."""

    exit_code = 1


class HeldError(LadderError):
    """Exit 10: a gate holds the release: missing approval, dirty tree, window, policy."""

    exit_code = 10


class UntrustedError(LadderError):
    """Exit 11: evidence is missing, changed or not to be trusted."""

    exit_code = 11


class StepFailedError(LadderError):
    """Exit 12: a step failed, or what a step left is not as declared."""

    exit_code = 12


class InvalidConfigurationError(LadderError):
    """Exit 13: configuration is invalid; carries every problem at once."""

    exit_code = 13

    def __init__(self, problems: Sequence[str], *, where: str = "config/") -> None:
        """Take problems as `file:line:col: path: message`, one each."""
        self.problems = tuple(problems)
        super().__init__(
            f"the configuration has {counted(len(self.problems), 'problem')}:\n"
            + "\n".join(f"  {problem}" for problem in self.problems),
            where=where,
            todo="mend the places named above and run `invoke check`",
        )


class ConflictError(LadderError):
    """Exit 14: another artifact set for a version, a moved tag, a taken lease."""

    exit_code = 14


class UnreachableError(LadderError):
    """Exit 15: something outside cannot be reached; the attempt is not counted."""

    exit_code = 15


class InterruptedByUserError(LadderError):
    """Exit 130: Ctrl-C or SIGTERM; the attempt is not counted."""

    exit_code = 130
