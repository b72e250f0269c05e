"""Plans, reasons and the outcome of a promotion as lines: what decides first, what to type last."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.edges.terminal.ladder import clearing
from pipeline.edges.terminal.symbols import STYLES, Symbols
from pipeline.edges.terminal.text import Line, Part, clean, wrapped

_BLANK: Line = (Part(""),)
_WEIGHTS = (
    ("holds", "held", "Against it"),
    ("notes", "next", "Noted; it would hold a stricter target"),
    ("passes", "done", "For it"),
)
"""The weights of findings in the order of need, the state whose symbol they take, their heading."""


def promoted_lines(did: Sequence[str], notes: Sequence[str], *, width: int) -> list[Line]:
    """Say which stages were passed just now, or that there was nothing to do; then the notes."""
    nothing = "Nothing to do: every stage asked for is proven already."
    words = f"Proven just now: {', '.join(did)}" if did else nothing
    return [*wrapped(words, width=width), *((Part(clean(note)),) for note in notes), _BLANK]


def plan_lines(planned: Mapping[str, Any], *, width: int, symbols: Symbols) -> list[Line]:
    """Say what `promote` would do: `planned` is the JSON form of a plan."""
    lines: list[Line] = [
        (
            Part(
                f"Release {clean(planned['release'])} on ladder {clean(planned['ladder'])}", "bold"
            ),
            Part(f", commit {planned['commit'][:12]}", "dim"),
        )
    ]
    if planned["abandoned"]:
        return [*lines, *wrapped(f"given up: {planned['abandoned']}", width=width, indent="  ")]
    if planned["failed"]:
        text = f"{planned['failed']} failed, and a failure stays with its artifacts"
        return [*lines, *wrapped(text, width=width, indent="  ")]
    if not planned["stages"]:
        return [*lines, (Part("  nothing is to do: every stage asked for is proven"),)]
    lines += [_BLANK, (Part("It would run:"),)]
    for stage in planned["stages"]:
        steps = ", ".join(stage["steps"])
        traits = [steps, *(["manual"] if stage["manual"] else [])]
        traits += [f"effect {stage['effect']}"] if stage["effect"] != "none" else []
        text = f"{stage['id']} ({stage['alias']}): {'; '.join(traits)}"
        lines += wrapped(text, width=width, indent="  ")
    if planned["decision"]:
        lines += [_BLANK, *_decided(planned["decision"], width=width, symbols=symbols)]
    return lines


def why_lines(found: Mapping[str, Any], *, width: int, symbols: Symbols) -> list[Line]:
    """Say every finding about a stage: `found` is a decision's JSON form with its ladder."""
    release = f"release {clean(found['release'])}"
    place: Line = (Part(f"{release} on ladder {clean(found['ladder'])}", "dim"),)
    return [place, *_decided(found, width=width, symbols=symbols)]


def _decided(decision: Mapping[str, Any], *, width: int, symbols: Symbols) -> list[Line]:
    """Write a decision: its verdict in one line, then its findings by what they weigh."""
    held = decision["verdict"] == "HOLD"
    state = "held" if held else "pass"
    words = "is held" if held else "may go on"
    lines: list[Line] = [
        (
            Part(f"{symbols.of(state)} ", STYLES[state]),
            Part(clean(decision["stage"]), "bold"),
            Part(f" {words}", STYLES[state]),
        )
    ]
    for weight, state_of_weight, heading in _WEIGHTS:
        findings = [one for one in decision["findings"] if one["weight"] == weight]
        if findings:
            lines += [_BLANK, (Part(f"{heading}:"),)]
        for finding in findings:
            lines += _finding(finding, symbols.of(state_of_weight), width)
    return lines


def _finding(finding: Mapping[str, Any], symbol: str, width: int) -> list[Line]:
    """Write one finding with all the evidence that was looked at."""
    head: Line = (Part(f"  {symbol} "), Part(clean(finding["id"])))
    lines = [head, *wrapped(finding["what"], width=width, indent=" " * 4)]
    for item in finding["evidence"]:
        lines += wrapped(f"looked at {clean(item)}", width=width, indent=" " * 4, style="dim")
    if finding["weight"] == "holds" or finding["command"]:
        lines.append(clearing(finding["command"], indent=" " * 4))
    return lines
