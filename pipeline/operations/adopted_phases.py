"""Which phases of a release are adopted: verified anew, since readiness for production asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.edges import clock
from pipeline.operations.adopted_reading import Reading
from pipeline.operations.adoption.committed import committed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.core.adopted import Entered
    from pipeline.operations.adopted_object import Looked
    from pipeline.operations.workspace import Workspace


class _Nothing:
    """Remembers nothing: every signature is verified now."""

    def entries(self, digest: str) -> None:
        """Know no ledger."""

    def learn_entries(self, digest: str, entries: list[Entered]) -> None:
        """Forget it."""

    def objects(self, entry: Entered) -> None:
        """Know no release."""

    def learn(self, entry: Entered, trust: str, looked: Sequence[Looked]) -> None:
        """Forget it."""

    def forget(self, entry: Entered) -> None:
        """Have nothing to drop."""


def adopted_phases(workspace: Workspace, artifact_set: str) -> frozenset[str]:
    """Return the phases of a release whose adoption HEAD has and verifies, with all its objects."""
    reading = Reading(
        root=workspace.root,
        config=workspace.configuration.trust,
        memory=_Nothing(),
        now=clock.now(),
    )
    entries = reading.entries()
    there = committed(workspace.root, len(entries)) if entries else frozenset()
    mine = [entry for at, entry in enumerate(entries) if entry.set == artifact_set and at in there]
    facts = [fact for entry in mine for fact in reading.release(entry)]
    if reading.findings:
        return frozenset()
    return frozenset(fact.phase for fact in facts if fact.family == RecordFamily.ADOPTION)
