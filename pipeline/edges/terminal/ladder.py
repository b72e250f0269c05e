"""A target's posture as lines for a tired reader: what stands, what blocks it, what to type next.

The order is that of need: one sentence first, then the rungs, then the blockers; the command to
type next comes last, just above the prompt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.core.statement import OF_THE_PIPELINE, RECORDS, STAGE_RESULT, slug
from pipeline.edges.terminal.symbols import STYLES, Symbols
from pipeline.edges.terminal.text import Line, Part, clean, duration, listed, plain, wrapped
from pipeline.errors import counted

EVIDENCE_SHOWN = 3
"""How many pieces of evidence a blocker shows; `invoke why` shows them all."""
_LEAST_SUMMARY = 24
"""Columns that a summary needs beside its rung; with less it goes below."""
_AROUND_LABEL = 13
"""Columns of a rung beside its number and its label: symbol, blanks, state."""
_BLANK: Line = (Part(""),)


def ladder_lines(status: Mapping[str, Any], *, width: int, symbols: Symbols) -> list[Line]:
    """Draw a target's entry of the posture document.

    Stages may carry `detail` and `seconds`; the entry may carry `folders` (where its evidence is),
    `abandoned` (why it was given up), `hold` (who holds the target) and `holds` (entries of
    stricter ladders, such as production).
    """
    return [
        *_headline(status, width),
        _BLANK,
        *_rungs(status["stages"], width, symbols),
        *_blockers(status["blockers"], width),
        *_folders(status),
        *_stricter(status, width),
        _BLANK,
        _next(status),
    ]


def _headline(status: Mapping[str, Any], width: int) -> list[Line]:
    """Say in one sentence how it stands, then how far the proof reaches."""
    release = f"Release {clean(status['release'])}" if status["release"] else "No release"
    word = status["readiness"].replace("_", " ")
    blockers = len(status["blockers"])
    count = f", {blockers} blocker{'s' if blockers > 1 else ''}" if blockers else ""
    first: Line = (
        Part(f"{release} on {clean(status['target'])}: ", "bold"),
        Part(word, STYLES.get(status["readiness"], "")),
        Part(count),
    )
    done = sum(stage["state"] == "done" for stage in status["stages"])
    origin = (status["origin_class"] or "no evidence yet").replace("_", " ")
    facts = [
        f"{done} of {len(status['stages'])} stages proven",
        origin,
        "ready for production" if status["production_ready"] else "no production approval",
    ]
    place = [f"ladder {status['ladder']}", f"gate {status['gate']}", f"channel {status['channel']}"]
    place += [f"run {status['run']}"] if status["run"] else []
    given_up = status.get("abandoned")
    words = wrapped(f"given up: {given_up}", width=width, indent="  ") if given_up else []
    held = status.get("hold")
    if held:
        text = f"held by {clean(held['actor'])} since {held['at']}: {clean(held['reason'])}"
        words += wrapped(text, width=width, indent="  ", style=STYLES["held"])
    return [
        first,
        *words,
        *wrapped("; ".join(facts), width=width, indent="  "),
        *wrapped(", ".join(place), width=width, indent="  ", style="dim"),
    ]


def _rungs(stages: Sequence[Mapping[str, Any]], width: int, symbols: Symbols) -> list[Line]:
    """Draw the rungs in columns: symbol, number, id (alias), state, proof."""
    digits = len(str(len(stages)))
    labels = [_label(stage) for stage in stages]
    if max(len(label) for label in labels) + digits + _AROUND_LABEL > width:
        labels = [clean(stage["alias"]) for stage in stages]  # every command takes it too
    label_width = max(len(label) for label in labels)
    lines: list[Line] = []
    for number, (stage, label) in enumerate(zip(stages, labels, strict=True), 1):
        state = stage["state"]
        style = STYLES.get(state, "")
        head: Line = (
            Part(f"  {symbols.of(state)} ", style),
            Part(f"{number:>{digits}} ", "dim"),
            Part(f"{label:<{label_width}}  ", "dim" if state == "waiting" else ""),
            Part(f"{state:<7}  ", style),
        )
        lines += _with_summary(head, _summary(stage), width)
    return lines


def _label(stage: Mapping[str, Any]) -> str:
    same = stage["id"] == stage["alias"]
    return clean(stage["id"] if same else f"{stage['id']} ({stage['alias']})")


def _summary(stage: Mapping[str, Any]) -> str:
    """Say shortly what proves a stage: its own words, else the kinds of its statements."""
    words = stage.get("detail")
    said = [one["type"] for one in stage["statements"] if one["type"] != STAGE_RESULT]
    if not words:
        words = listed(slug(kind) for kind in said if kind not in OF_THE_PIPELINE)
    if not words and stage["state"] == "done":
        words = "stage result" if stage["statements"] else "no statement recorded"
    records = sum(kind in RECORDS for kind in said)
    kept = counted(records, "record") if records else ""
    seconds = stage.get("seconds")
    span = duration(seconds) if seconds is not None else ""
    return ", ".join(part for part in (clean(words), kept, span) if part)


def _with_summary(head: Line, summary: str, width: int) -> list[Line]:
    """Put a summary beside its rung, or below it where the terminal is too narrow."""
    if not summary:
        return [head]
    column = sum(len(part.text) for part in head)
    if width - column < _LEAST_SUMMARY:
        return [head, *wrapped(summary, width=width, indent=" " * 6, style="dim")]
    first, *rest = wrapped(summary, width=width, indent=" " * column, style="dim")
    return [(*head, Part(plain(first).strip(), "dim")), *rest]


def _blockers(blockers: Sequence[Mapping[str, Any]], width: int) -> list[Line]:
    """List what holds a target; commands stand alone on their line, whole, to be copied."""
    lines: list[Line] = []
    for number, blocker in enumerate(blockers, 1):
        lines += [_BLANK, (Part(f"  Blocker {number}: ", "yellow"), Part(clean(blocker["id"])))]
        lines += wrapped(blocker["what"], width=width, indent=" " * 4)
        evidence = blocker["evidence"]
        for item in evidence[:EVIDENCE_SHOWN]:
            lines += wrapped(f"looked at {clean(item)}", width=width, indent=" " * 4, style="dim")
        if len(evidence) > EVIDENCE_SHOWN:
            more = f"and at {len(evidence) - EVIDENCE_SHOWN} more, see `invoke why`"
            lines += wrapped(more, width=width, indent=" " * 4, style="dim")
        lines.append(clearing(blocker["command"], indent=" " * 4))
    return lines


def clearing(command: str, *, indent: str) -> Line:
    """Write the command that clears a blocker, or that nobody knows one."""
    if not command:
        return (Part(f"{indent}clear it: no command does"),)
    return (Part(f"{indent}clear it: "), Part(clean(command), "bold"))


def _folders(status: Mapping[str, Any]) -> list[Line]:
    """Say where the evidence lies; paths stand whole."""
    folders = status.get("folders") or ()
    lines: list[Line] = [(Part("  "), Part(f"{clean(folder)}/")) for folder in folders]
    return [_BLANK, (Part("Evidence:"),), *lines] if lines else []


def _stricter(status: Mapping[str, Any], width: int) -> list[Line]:
    """Name what holds the ladders that ask for more; their own status tells all of it."""
    lines: list[Line] = []
    for other in status.get("holds") or ():
        held = other["blockers"]
        word = f"held by {len(held)}" if held else "not held"
        lines += [_BLANK, (Part(f"What {clean(other['target'])} asks besides: "), Part(word))]
        names = ", ".join(clean(blocker["id"]) for blocker in held)
        lines += wrapped(names, width=width, indent="  ") if held else []
        why = f"invoke status --ladder {clean(other['ladder'])}"
        lines += [(Part("  see all of it: "), Part(why, "bold"))] if held else []
    return lines


def _next(status: Mapping[str, Any]) -> Line:
    """Give the one command to type next, or say that there is none."""
    command = next_command(status)
    if status.get("abandoned"):
        return (Part("Next: "), Part("a new version; this release was given up"))
    if command is None:
        proven = (Part("Next: "), Part("nothing, every stage is proven", "green"))
        folders = status.get("folders") or ()
        if not folders or status.get("readiness") != "proven":
            return proven
        kept = f"invoke adopt --from {clean(folders[0]).rpartition('/')[0]}"
        return (*proven, Part("; to check it in: "), Part(kept, "bold"))
    return (Part("Next: "), Part(clean(command), "bold"))


def next_command(status: Mapping[str, Any]) -> str | None:
    """Choose what to type next: clear the first blocker, look at a failure, or climb on.

    An open stage that nothing blocks is climbed by name, so that a manual one is reached too.
    """
    commands = [blocker["command"] for blocker in status["blockers"] if blocker["command"]]
    if commands:
        return str(commands[0])
    opened = [stage for stage in status["stages"] if stage["state"] != "done"]
    if not opened:
        return None
    stage = opened[0]
    task = "promote" if stage["state"] in {"next", "waiting"} else "why"
    return f"invoke {task} --ladder {status['ladder']} --stage {stage['alias']}"
