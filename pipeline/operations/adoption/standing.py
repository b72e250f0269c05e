"""What this project's own store, and the bundles' journals, say against adopting a release.

A bundle that was sealed knows nothing of what came later: that the release was abandoned, that a
stage failed for good, that its target is held. Where the store knows the run, it is asked. A clone
that has no store of that run has the bundles alone, and whoever adopts there answers for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.position import StageState, position
from pipeline.errors import ConflictError
from pipeline.operations import holds
from pipeline.operations.history import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.journal import Journal
    from pipeline.operations.adoption.sources import Sources
    from pipeline.operations.workspace import Workspace


def refuse_abandoned(workspace: Workspace, sources: Sources) -> None:
    """Raise `ConflictError` (14) for a release that was given up, wherever that stands."""
    for journal in _journals(workspace, sources):
        if journal.abandoned is not None:
            reason = journal.abandoned.inputs["reason"]
            raise ConflictError(
                f"{sources.context.version} was abandoned: {reason}",
                where=f"run {sources.context.run}",
                todo="release a new version, and adopt that; this one stays claimed",
            )


def standing_holds(workspace: Workspace, sources: Sources) -> Iterator[str]:
    """Yield which stages failed for good, and who holds the target, in words."""
    failed = [
        stage
        for journal in _journals(workspace, sources)
        for stage in dict.fromkeys(entry.name for entry in journal.entries)
        if position(journal, stage).state is StageState.FAILED
    ]
    for stage in dict.fromkeys(failed):
        yield f"{stage} failed for good"
    newest = holds.newest(workspace, sources.context.target)
    if newest is not None and newest.said.holds:
        yield newest.said.words


def _journals(workspace: Workspace, sources: Sources) -> Iterator[Journal]:
    """Yield the journals of the bundles, and the run's own as the store has it."""
    for checked in sources.bundles:
        yield checked.run.journal
    run = find(workspace, sources.context.identity)
    if run is not None:
        yield run.journal
