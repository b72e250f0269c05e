"""The posture of every target, computed from policies and verified records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.core.adopted import AdoptedFinding
from pipeline.core.posture import document
from pipeline.core.posture_counts import counted_posture
from pipeline.edges import clock
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations.adopted import adopted
from pipeline.operations.adoption.intent import FOLDER, INTENT
from pipeline.operations.adoption.settle import settle
from pipeline.operations.adoption.shelf import RELEASES
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
    unsettled = _settle(workspace)
    configuration = workspace.configuration
    ladders = sorted(configuration.ladders.items())
    entries = [entry(workspace, each, the_run(workspace, each, release)) for _, each in ladders]
    told = document(configuration.project.project, entries, clock.now())
    counts = adopted(workspace, fresh=fresh)
    counts = replace(counts, findings=(*unsettled, *counts.findings))
    return told | counted_posture(configuration, counts, entries)


def _settle(workspace: Workspace) -> tuple[AdoptedFinding, ...]:
    """Settle what was cut off; what cannot be settled is left alone and told."""
    try:
        settle(workspace)
    except UntrustedError as error:
        where = f"{workspace.state.name}/{FOLDER}/{INTENT}"
        command = f"invoke verify --evidence {RELEASES}"
        return (AdoptedFinding("adopted.unsettled", error.what, where, command),)
    except LadderError:  # somebody is at work there, or the disk refuses: next time
        return ()
    return ()
