"""Signing an approval of exactly the evidence that is shown."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.fields import Artifact
from pipeline.core.statement import APPROVAL, Statement, Subject
from pipeline.edges import clock, keys
from pipeline.edges.person import person
from pipeline.errors import HeldError, WrongUsageError
from pipeline.operations import holds
from pipeline.operations.believe import believe
from pipeline.operations.deciding import Deciding, deciding
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.shown import shown_text
from pipeline.operations.signer_boundary import Acting, open_signer

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace

_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What was shown, and the digest of the signed approval (`None` on a dry run)."""

    text: str
    digest: str | None
    approver: str
    expires_at: str


def approve(
    workspace: Workspace,
    *,
    stage: str,
    ladder: str | None,
    release: str | None,
    reason: str,
    dry_run: bool,
) -> Approved:
    """Sign an approval of a stage with the local key, and keep it in the store beside the run."""
    if not dry_run:
        _make_key(workspace)
    ground = _ground(workspace, stage, ladder, release)
    approval, text = _approval(workspace, ground, reason)
    said = Approved(
        text=text,
        digest=None,
        approver=approval.approver or "",
        expires_at=approval.expires_at,
    )
    if dry_run:
        return said
    return replace(said, digest=str(_sign(workspace, ground, approval)))


def _ground(workspace: Workspace, stage: str, ladder: str | None, release: str | None) -> Deciding:
    """Return the decision about an approval stage; `HeldError` with nothing to approve."""
    mine = workspace.ladder(ladder)
    wanted = workspace.stage(mine, stage)
    if not wanted.approval:
        raise WrongUsageError(
            f"{wanted.id} is no approval stage",
            where=f"config/ladders/{mine.ladder}.yaml",
            todo="name one that has `approval: true`",
        )
    run = find(workspace, identify(workspace, mine, release))
    if run is None:
        raise HeldError(
            "there is no evidence to approve yet",
            where=f"ladder {mine.ladder}",
            todo=f"invoke promote --ladder {mine.ladder} --stage {mine.stages[0].alias}",
        )
    holds.refuse(workspace, mine.target)
    ground = deciding(workspace, run, mine, wanted, asked=len(mine.stages))
    if ground.case.missing:
        raise HeldError(
            f"earlier stages have not passed: {', '.join(ground.case.missing)}",
            where=run.where,
            todo=f"invoke promote --ladder {mine.ladder} --stage {ground.case.missing[-1]}",
        )
    return ground


def _make_key(workspace: Workspace) -> None:
    """Make the local key if there is none, before anybody asks whom this checkout trusts."""
    algorithm = workspace.configuration.project.signer.algorithm.value
    keys.local_key(workspace.state, algorithm, now=clock.now())


def _sign(workspace: Workspace, ground: Deciding, approval: Approval) -> Digest:
    """Sign the approval with the local key, verify it, and keep it beside the run."""
    artifacts = ground.case.evidence.artifacts
    statement = Statement(
        predicate_type=APPROVAL,
        subjects=tuple(Subject(name=name, digest=d) for name, d in sorted(artifacts.items())),
        predicate=approval.to_dict(),
    )
    files = {name: workspace.store.local_path(d) for name, d in artifacts.items()}
    with open_signer(workspace, Acting.PERSON) as signer:
        bundle = signer.sign([statement.to_bytes()], files, {APPROVAL})[0]
    believe(workspace.trust, bundle, where="the approval just signed")
    digest = Digest.of(bundle)
    run = ground.case.context.run
    workspace.store.create(f"approvals/{run}/{approval.stage}/{digest.hex}", bundle)
    return digest


def _approval(workspace: Workspace, ground: Deciding, reason: str) -> tuple[Approval, str]:
    case = ground.case
    authority = case.authority
    if authority is None:
        raise HeldError(
            f"no approval authority policy names {case.context.target!r}",
            where="config/policies/approval_authority.yaml",
            todo="add a policy for the target; an empty policy denies",
        )
    artifacts = [
        {"name": name, "digest": str(digest)}
        for name, digest in sorted(case.evidence.artifacts.items())
    ]
    bound = asdict(case.bound)
    results = [str(item.digest) for item in case.evidence.all]
    text = shown_text(case.context, {**bound, "artifacts": artifacts, "stage_results": results})
    now = datetime.now(UTC)
    return Approval(
        run=case.context.run_id,
        context=str(case.context.digest),
        stage=case.stage.id,
        target=case.context.target,
        channel=case.context.channel,
        commit=case.context.baseline_commit,
        stage_results=tuple(results),
        artifacts=tuple(Artifact(**item) for item in artifacts),
        **bound,
        shown=str(Digest.of(text.encode())),
        authority_kind="named_approver",
        approver=person(workspace.root),
        reference="invoke approve",
        reason=reason,
        nonce=secrets.token_hex(16),
        issued_at=now.strftime(_FORM),
        expires_at=(now + timedelta(seconds=authority.expires)).strftime(_FORM),
    ), text
