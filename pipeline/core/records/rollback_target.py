"""`record-rollback-target/v1`: what one would go back to, known before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.policies.rollback import RollbackPolicy
from pipeline.core.predicates.fields import Artifact, DigestText, Text
from pipeline.core.records.record import Record, TrustedArtifact

if TYPE_CHECKING:
    from pipeline.core.records.ground import Ground


class RollbackRecord(Record):
    """The release that was live before, the runbooks, and who confirmed them."""

    kind: Text
    rollback_target_reference: Text
    rollback_version: Text | None
    rollback_artifact: DigestText | None
    """Digest of the artifact that was live; `None`: nothing was."""
    preparation_reference: tuple[Artifact, ...]
    """The runbooks, by path and digest, as the release's commit has them."""
    missing_references: tuple[Text, ...]
    """Runbooks that the commit does not have."""
    verification_status: Text
    trusted_artifact_status: TrustedArtifact
    operator_confirmation: Text | None
    dependency_snapshot: Artifact | None


def make(ground: Ground, policy: RollbackPolicy) -> RollbackRecord:
    """Return the rollback target record of a phase."""
    live, given = ground.live, ground.newest_approval
    version, artifact = live.get("version"), live.get("artifact")
    empty = bool(live.get("empty", True))
    there = {path: digest for path in policy.references if (digest := ground.runbooks.get(path))}
    trusted = TrustedArtifact.ROOTED if ground.rooted else TrustedArtifact.DOCUMENTED
    selected = "nothing was live" if empty else f"version {version} ({artifact})"
    return RollbackRecord(
        **ground.head("rollback_target", policy.id),
        kind=policy.kind.value,
        rollback_target_reference=f"{'; '.join(policy.references)}; {selected}",
        rollback_version=None if empty else version,
        rollback_artifact=None if empty else artifact,
        preparation_reference=tuple(Artifact(name=p, digest=d) for p, d in sorted(there.items())),
        missing_references=tuple(sorted(set(policy.references) - there.keys())),
        verification_status="state_measured_before" if not empty else "nothing_to_go_back_to",
        trusted_artifact_status=TrustedArtifact.NOTHING_LIVE if empty else trusted,
        operator_confirmation=(given.approver or given.reference) if given else None,
        dependency_snapshot=ground.lineage.dependency_snapshot,
    )
