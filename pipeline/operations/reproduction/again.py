"""What came of looking again, and the scratch place in which it is done."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.config import Driver
from pipeline.edges import process_identity
from pipeline.edges.drivers import open_target
from pipeline.edges.files import make_folder, remove_tree, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.core.ladder import Ladder, Stage
    from pipeline.operations.climb import StepRunner, Watch
    from pipeline.operations.reproduction.record import Recorded
    from pipeline.operations.workspace import Workspace

SIDES = ("recorded", "reproduced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A recorded stage to look at again: by whom, where, with today's definition of it."""

    workspace: Workspace
    ladder: Ladder
    stage: Stage
    recorded: Recorded
    scratch: Path
    runner: StepRunner
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What came of it: what was done and seen, and every difference (`path: recorded, reproduced`).

    No difference means that it was reproduced; whoever can look at nothing must say so as one.
    """

    done: tuple[str, ...]
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def scratch_place(workspace: Workspace) -> Iterator[Path]:
    """Make a folder below the local state for one reproduction; afterwards nothing of it is left.

    Services that were started on a scratch target in it are stopped first. What a killed
    reproduction left is removed now, by whom it was made and whether that process lives.
    """
    above = workspace.state / "reproduce"
    make_folder(above)
    if not (workspace.state / ".gitignore").exists():
        write_atomically(workspace.state / ".gitignore", b"*\n")
    for folder in above.iterdir():
        maker = folder.name.partition("-")[0]
        if not (maker.isdecimal() and process_identity.identify(int(maker))):
            _remove(workspace, folder)
    place = above / f"{os.getpid()}-{secrets.token_hex(4)}"
    make_folder(place)
    try:
        yield place
    finally:
        _remove(workspace, place)


def target_folder(scratch: Path) -> Path:
    """Return the state folder in which a reproduction's scratch targets stand."""
    return scratch / "state"


def _remove(workspace: Workspace, folder: Path) -> None:
    """Stop what runs on the scratch targets of a folder, then remove it."""
    state = target_folder(folder)
    for config in workspace.configuration.targets.values():
        if config.driver is not Driver.NONE and (state / "targets" / config.target / "id").exists():
            open_target(state, config).stop()
    remove_tree(folder)
