"""Handing the posture to the live service: the page shows what is proven now, not at deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.posture import document
from pipeline.edges import clock
from pipeline.edges.files import write_atomically
from pipeline.operations.posturing import entry, run_of, same_release
from pipeline.operations.step_io import pretty

if TYPE_CHECKING:
    from pipeline.core.ladder import Ladder
    from pipeline.core.release import Identity
    from pipeline.operations.workspace import Workspace


def publish(workspace: Workspace, ladder: Ladder, identity: Identity) -> None:
    """Write the posture of all targets where the ladder's target shows it, if it has a service."""
    folder = workspace.state / "targets" / ladder.target
    if not folder.is_dir():
        return
    ladders = sorted(workspace.configuration.ladders.items())
    entries = [
        entry(workspace, each, run_of(workspace, each, same_release(each, identity)))
        for _, each in ladders
    ]
    told = document(workspace.configuration.project.project, entries, clock.now())
    write_atomically(folder / "posture.json", pretty(told))
