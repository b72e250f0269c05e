"""The posture of every target, computed from policies and verified records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.posture import document
from pipeline.edges import clock
from pipeline.operations.posturing import entry, the_run

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def posture(workspace: Workspace, *, release: str | None = None) -> dict[str, Any]:
    """Return the posture document: one entry for each ladder, by name."""
    ladders = sorted(workspace.configuration.ladders.items())
    entries = [entry(workspace, each, the_run(workspace, each, release)) for _, each in ladders]
    return document(workspace.configuration.project.project, entries, clock.now())
