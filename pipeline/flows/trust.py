"""Who counts as what, and since when; and what stands between that and production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.predicates.approval import Approval
from pipeline.edges import clock
from pipeline.errors import UntrustedError
from pipeline.operations.deciding import deciding
from pipeline.operations.posturing import the_run

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def show(workspace: Workspace) -> dict[str, Any]:
    """Return the trust in force: its kind, its digest, and every key with its time and roles."""
    trust = workspace.trust
    return {
        "kind": trust.kind.value,
        "digest": str(trust.digest),
        "origin_class": trust.origin.value,
        "production": "accepts only rooted trust; this is rehearsal trust, so production holds",
        "keys": [key.to_dict() for key in trust.keys],
    }


def check(workspace: Workspace) -> dict[str, Any]:
    """Check that every key in the trust configuration counts now; one that does not raises (11)."""
    now = clock.now()
    problems = []
    for key in workspace.trust.keys:
        if key.revoked:
            continue
        if not key.valid_from <= now < key.valid_until:
            when = f"{key.valid_from} to {key.valid_until}"
            problems.append(f"{key.principal}: {key.key_id} is valid from {when}, not now")
    if problems:
        raise UntrustedError(
            "; ".join(problems),
            where="config/trust.yaml and .release-ladder/keys",
            todo="replace the key; what it signed does not count any more",
        )
    return {"verdict": "passed", **show(workspace)}


def approvals(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Return the approvals of a release: those signed, and those recorded by its stages."""
    mine = workspace.ladder(ladder)
    run = the_run(workspace, mine, release)
    found = []
    for stage in mine.stages:
        if stage.approval:
            case = deciding(workspace, run, mine, stage, asked=len(mine.stages)).case
            for item in case.approvals:
                approval = Approval.from_json(item.statement.predicate)
                found.append(
                    {
                        "stage": stage.id,
                        "principal": item.principal,
                        "digest": str(item.bundle_digest),
                        **approval.to_dict(),
                    }
                )
    return {"ladder": mine.ladder, "release": run.context.version, "approvals": found}
