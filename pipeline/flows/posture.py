"""The posture of every target, computed from policies and verified records."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pipeline.core.posture import document
from pipeline.core.posture_counts import counted_posture
from pipeline.edges import clock
from pipeline.errors import LadderError
from pipeline.operations.adopted import adopted
from pipeline.operations.adoption.settle import settle
from pipeline.operations.posturing import entry, the_run

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def posture(
    workspace: Workspace, *, release: str | None = None, fresh: bool = False
) -> dict[str, Any]:
    """Return the posture document: one entry for each ladder, by name, and all counts.

    What lies in `releases/` is verified for it; of what does not verify nothing is counted, and it
    is told under `adopted.findings`. `fresh` goes through all of it anew, whatever is remembered.
    """
    with contextlib.suppress(LadderError):  # what cannot be settled is among the findings
        settle(workspace)
    configuration = workspace.configuration
    ladders = sorted(configuration.ladders.items())
    entries = [entry(workspace, each, the_run(workspace, each, release)) for _, each in ladders]
    told = document(configuration.project.project, entries, clock.now())
    return told | counted_posture(configuration, adopted(workspace, fresh=fresh), entries)
