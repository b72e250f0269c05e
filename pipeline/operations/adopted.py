"""Adopted releases, counted: what verifies as it lies in `releases/`, and is in the commit at HEAD.

Counts alone may rest on what was verified before (`operations.memory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.adopted import AdoptedCounts, count
from pipeline.edges import clock
from pipeline.operations.adopted_reading import Reading
from pipeline.operations.adoption.committed import committed
from pipeline.operations.memory import Memory

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def adopted(workspace: Workspace, *, fresh: bool = False) -> AdoptedCounts:
    """Return the counts over all adopted releases; with `fresh`, nothing remembered is used."""
    memory = Memory.open(workspace.state, fresh=fresh)
    reading = Reading(
        root=workspace.root,
        config=workspace.configuration.trust,
        memory=memory,
        now=clock.now(),
    )
    entries = reading.entries()
    there = committed(workspace.root, len(entries)) if entries else frozenset()
    counted = [entry for number, entry in enumerate(entries) if number in there]
    if len(counted) < len(entries):
        first = next(entry for number, entry in enumerate(entries) if number not in there)
        reading.uncommitted(first, len(entries) - len(counted))
    facts = [fact for entry in counted for fact in reading.release(entry)]
    reading.orphans({entry.set for entry in entries})
    if entries:
        memory.save()
    return count(
        len(counted),
        facts,
        reading.findings,
        verified=reading.verified,
        remembered=reading.remembered,
    )
