"""Holding a target by name, so that nothing is promoted to it, and lifting that by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.predicates.hold import Action, Hold, subject
from pipeline.core.statement import HOLD, Statement, Subject
from pipeline.edges import clock
from pipeline.edges.person import somebody
from pipeline.errors import ConflictError, UntrustedError
from pipeline.operations import holds
from pipeline.operations.named import target_named
from pipeline.operations.signer_boundary import Acting, open_signer

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was put on top of a target's holds, and the digest of its bundle (dry run: `None`)."""

    said: Hold
    digest: str | None


def hold(
    workspace: Workspace, *, target: str | None, action: Action, reason: str, dry_run: bool
) -> Done:
    """Hold a target, or lift its hold. To do what is done already is a conflict (14).

    It works before any release exists, and while a promote is at work: that one looks again before
    each attempt. On top of an entry whose key no longer counts only a hold may be put.
    """
    name = target_named(workspace, target).target
    if dry_run:
        return Done(said=_said(workspace, name, action, reason), digest=None)
    lease = workspace.lease(f"holds/{name}")
    with lease, open_signer(workspace, Acting.PERSON) as signer:
        said = _said(workspace, name, action, reason)
        about = workspace.store.put(subject(said.project, said.target))
        statement = Statement(
            predicate_type=HOLD,
            subjects=(Subject(name=f"targets/{name}", digest=about),),
            predicate=said.to_dict(),
        )
        files = {f"targets/{name}": workspace.store.local_path(about)}
        bundle = signer.sign([statement.to_bytes()], files, {HOLD})[0]
        holds.entry_of(workspace, name, [*holds.links(workspace, name), bundle])
        if not workspace.store.create(holds.entry_name(name, said.number), bundle):
            raise ConflictError(
                f"somebody else has just held {name}, or lifted its hold",
                where=f"store: {holds.entry_name(name, said.number)}",
                todo="look at it (`invoke status`); then call it again, if it is still wanted",
            )
    return Done(said=said, digest=str(Digest.of(bundle)))


def _said(workspace: Workspace, target: str, action: Action, reason: str) -> Hold:
    """Return the entry to be made; `ConflictError` when there is nothing to hold or to lift."""
    bundles = holds.links(workspace, target)
    try:
        before = holds.entry_of(workspace, target, bundles) if bundles else None
    except UntrustedError:
        if action is Action.LIFT:
            raise
        before = None  # whatever it is worth: from now on the target is held
    held = before is not None and before.said.holds
    if held is (action is Action.HOLD):
        what = before.said.words if before is not None and held else f"nobody holds {target}"
        raise ConflictError(
            what,
            where=f"target {target}",
            todo=before.said.command if before is not None and held else "there is nothing to lift",
        )
    return Hold(
        project=workspace.configuration.project.project,
        target=target,
        action=action,
        reason=reason,
        actor=somebody(workspace.root),
        at=clock.now(),
        number=len(bundles) + 1,
        previous=tuple(str(Digest.of(each)) for each in bundles),
    )
