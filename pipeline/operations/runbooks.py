"""The runbooks for the way back, as a release's commit has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.edges import git

if TYPE_CHECKING:
    from pipeline.core.policies import TargetPolicies
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


def runbooks(workspace: Workspace, run: Run, policies: TargetPolicies) -> dict[str, str | None]:
    """Return the digest of every runbook that policies name; `None`: the commit has none such."""
    approval, rollback = policies.approval, policies.rollback
    paths = set(approval.rollback_references if approval else ())
    paths |= set(rollback.references if rollback else ())
    found: dict[str, str | None] = {}
    for path in sorted(paths):
        blob = git.read_blob(workspace.root, run.context.baseline_commit, path)
        found[path] = None if blob is None else str(Digest.of(blob))
    return found
