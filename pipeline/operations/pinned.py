"""What no step may touch: pinned once per climb, compared after each of its steps.

Once, so that what a process that got away from its step writes between two stages is found, too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edges.byte_code import strangers
from pipeline.edges.pins import BYTE_CODE, Change, Pins
from pipeline.errors import HeldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.operations.workspace import Workspace

OWN_FILES = Path(__file__).resolve().parents[1]
"""The pipeline's own files."""


def pin(workspace: Workspace) -> Pins:
    """Pin configuration, tasks, keys, the pipeline, and the byte code that stands for its sources.

    From here on this process writes no byte code: whatever is written is somebody else's.
    """
    sys.dont_write_bytecode = True
    root = workspace.root
    groups = {
        "configuration": root / "config",
        "tasks": root / "tasks.py",
        "keys": workspace.state / "keys",
        "pipeline": OWN_FILES,
    }
    code = {root.resolve(), OWN_FILES}
    if sys.pycache_prefix:  # there Python repeats the whole path of the sources
        prefix = Path(sys.pycache_prefix).absolute()
        code |= {prefix / folder.relative_to(folder.anchor) for folder in tuple(code)}
    return Pins.take(root, groups, code=sorted(code))


def touched(pins: Iterable[Pins], findings: Sequence[str]) -> list[str]:
    """Return what was changed outside of a step's folder; `findings` is what is known already.

    Byte code that is what its source says is nobody's doing: another command of ours may have
    compiled a module meanwhile. `HeldError` if other byte code is all that was changed: it will be
    run by whoever comes next, so nothing is counted, and nothing is passed.
    """
    changes = [change for each in pins for change in _told(each)]
    if changes and not findings and all(change.group == BYTE_CODE for change in changes):
        raise HeldError(
            f"byte code {changes[0].path} was written while a step ran, not from its source",
            where=f"{len(changes)} in __pycache__",
            todo="remove __pycache__ and run again; nothing was counted",
        )
    return [f"changed outside the folder: {change}" for change in changes]


def _told(pins: Pins) -> list[Change]:
    """Return what was changed, without byte code that is as its source says."""
    changes = pins.changed()
    code = {pins.place(change): change for change in changes if change.group == BYTE_CODE}
    wrong = {code[path] for path in strangers(list(code))} if code else set()
    return [change for change in changes if change.group != BYTE_CODE or change in wrong]
