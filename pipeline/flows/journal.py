"""The journal of a release: shown, verified, and its newest signed head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import UntrustedError
from pipeline.operations.history import find
from pipeline.operations.identify import identify

if TYPE_CHECKING:
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


def _run(workspace: Workspace, ladder: str | None, release: str | None) -> Run:
    mine = workspace.ladder(ladder)
    run = find(workspace, identify(workspace, mine, release))
    if run is None or not run.journal.entries:
        raise UntrustedError(
            "there is no journal for this release",
            where=f"ladder {mine.ladder}",
            todo="climb first: `invoke promote`, or name a release with --release",
        )
    return run


def show(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Return the entries and the signed heads of a release's journal, both checked.

    A release that was never begun has none, and telling so is no error.
    """
    identity = identify(workspace, workspace.ladder(ladder), release)
    run = find(workspace, identity)
    if run is None:
        return {"run": None, "release": identity.version, "entries": [], "heads": []}
    return {
        "run": run.context.run,
        "release": run.context.version,
        "entries": [entry.to_dict() for entry in run.journal.entries],
        "heads": _heads(run),
    }


def verify(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Check chain, genesis and every signed head; what is wrong raises (11)."""
    run = _run(workspace, ladder, release)
    signed = max((seal.said.journal.entries for seal in run.seals), default=0)
    return {
        "verdict": "passed",
        "run": run.context.run,
        "release": run.context.version,
        "entries": len(run.journal.entries),
        "head": run.journal.head,
        "signed_heads": len(run.seals),
        "entries_after_last_signed_head": len(run.journal.entries) - signed,
    }


def checkpoint(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Return the newest signed head; kept elsewhere, it finds out a journal cut behind it."""
    run = _run(workspace, ladder, release)
    if not run.seals:
        raise UntrustedError(
            "no head of this journal was signed yet",
            where=run.where,
            todo="pass a stage: every stage ends with a signed head",
        )
    return {"run": run.context.run, "release": run.context.version, **_heads(run)[-1]}


def _heads(run: Run) -> list[dict[str, Any]]:
    found = [
        {
            "entries": seal.said.journal.entries,
            "head": seal.said.journal.head,
            "phase": seal.said.phase.value,
            "sealed_at": seal.said.sealed_at,
            "seal": seal.name,
        }
        for seal in run.seals
    ]
    return sorted(found, key=lambda item: int(str(item["entries"])))
