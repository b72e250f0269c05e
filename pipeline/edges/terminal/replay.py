"""An old decision made again, as lines: reproduced or not, and what has changed since."""

from collections.abc import Mapping
from typing import Any

from pipeline.edges.terminal.symbols import STYLES
from pipeline.edges.terminal.text import Line, Part, clean, wrapped


def replay_lines(found: Mapping[str, Any], *, width: int) -> list[Line]:
    """Say whether a decision was reproduced: `found` is the JSON form of a replay."""
    about = f"{found['stage']} of release {found['release']} on ladder {found['ladder']}"
    verdict = found["verdict"]
    begun = found["began"]
    under = f"the attempt {begun} began under it" if begun else "no attempt here began under it"
    lines = [
        *wrapped(f"{clean(about)}: {verdict['then']} at {found['now']}", width=width),
        *wrapped(clean(under), width=width, indent="  ", style="dim"),
    ]
    if found["reproduced"]:
        return [*lines, (Part("reproduced, byte for byte", STYLES["done"]),)]
    if found["gates_differ"]:
        words = "not reproduced, though every input is equal: "
        words += (
            "the code of the gates differs"
            if begun
            else "no attempt began under these bytes, so the file was changed or is from "
            "elsewhere; or the code of the gates differs"
        )
    else:
        words = "not reproduced: what it rests on has changed"
    lines.append((Part(words, STYLES["held"]),))
    for item in found["changed"]:
        lines.append((Part(f"  {clean(str(item['name']))}"),))
        lines += _changed(item["then"], item["now"], width)
    if verdict["now"] != verdict["then"]:
        lines += wrapped(f"it would be {verdict['now']} now", width=width, indent="  ")
    for text in found["differences"]:
        lines += wrapped(clean(text), width=width, indent="  ", style="dim")
    return lines


def _changed(then: object, now: object, width: int) -> list[Line]:
    """Say what an input was and is; of one with many names, those alone that differ."""
    lines: list[Line] = []
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in sorted({*then, *now}):
            if then.get(name) != now.get(name):
                words = f"{name}: then {then.get(name, 'none')}, now {now.get(name, 'none')}"
                lines += wrapped(clean(words), width=width, indent=" " * 4)
        return lines
    for side, value in (("then", then), ("now", now)):
        lines += wrapped(f"{side} {clean(str(value))}", width=width, indent=" " * 4)
    return lines
