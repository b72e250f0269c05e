"""The symbols of states, in two alphabets: one for every encoding."""

from dataclasses import dataclass

from pipeline.edges.terminal.text import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """One alphabet: the states of a rung, a running rung, and the name of rich's spinner."""

    done: str
    next: str
    held: str
    failed: str
    waiting: str
    spinner: str
    ellipsis: str

    def of(self, state: str) -> str:
        """Give the symbol of a state or verdict; `?` for one that nobody knows."""
        table = {
            "done": self.done,
            "pass": self.done,
            "next": self.next,
            "retry": self.next,
            "held": self.held,
            "hold": self.held,
            "failed": self.failed,
            "fail": self.failed,
            "waiting": self.waiting,
        }
        return table.get(state, "?")


UNICODE = Symbols(
    done="✓", next="→", held="‖", failed="✗", waiting="·", spinner="dots", ellipsis="…"
)
ASCII = Symbols(done="+", next=">", held="=", failed="x", waiting=".", spinner="line", ellipsis="~")

STYLES: dict[str, Style] = {
    "done": "green",
    "pass": "green",
    "proven": "green",
    "next": "cyan",
    "climbing": "cyan",
    "retry": "yellow",
    "held": "yellow",
    "hold": "yellow",
    "failed": "red",
    "fail": "red",
    "abandoned": "red",
    "waiting": "dim",
    "not_started": "dim",
}
"""How states are coloured where colour is shown; the word stands there always."""


def symbols_for(encoding: str | None) -> Symbols:
    """Choose the alphabet that an encoding can show; an unknown encoding gets ASCII."""
    needed = "".join((*(UNICODE.of(state) for state in STYLES), UNICODE.ellipsis, "⠋"))
    try:
        needed.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
