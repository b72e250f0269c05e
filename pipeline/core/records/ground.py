"""What records are made from: verified evidence, policies, and what the pipeline itself saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.core.lineage import Lineage, lineage_of
from pipeline.core.policies import FAMILIES
from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.fields import Artifact
from pipeline.core.release import OriginClass
from pipeline.core.statement import APPROVAL, PROVENANCE, SBOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.canonical import Digest
    from pipeline.core.config import TargetConfig
    from pipeline.core.evidence import Believed, Evidence
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.policies import FindingException, ReleaseApproval, TargetPolicies
    from pipeline.core.records.said import Said
    from pipeline.core.release import RunContext
    from pipeline.core.signer import SignerProof


@dataclass(frozen=True, kw_only=True)
class Ground:
    """All that the records of one passing attempt follow from."""

    context: RunContext
    ladder: Ladder
    stage: Stage
    target: TargetConfig
    policies: TargetPolicies
    snapshot: str
    """The digest of all policies."""
    evidence: Evidence
    """The stages below, verified."""
    own: tuple[Believed, ...]
    """The statements of this attempt, signed and verified again."""
    artifacts: Mapping[str, Digest]
    """Everything released so far, by this attempt too."""
    live: Mapping[str, Any]
    """What was live when the attempt was decided about."""
    runbooks: Mapping[str, str | None]
    """Each runbook's digest as the release's commit has it; `None`: it has none such."""
    matrix: Digest
    """The digest of the compatibility matrix."""
    exceptions: tuple[FindingException, ...]
    """Exceptions that the decision used."""
    signer: SignerProof
    """The proof of the signer in use."""
    rooted: bool
    """Whether signatures are under rooted trust."""
    now: str
    """When the attempt's steps had finished."""
    records: list[Said] = field(default_factory=list)
    """The records that were made of this phase, this attempt's last."""

    @property
    def statements(self) -> tuple[Believed, ...]:
        """Every verified statement of the release so far, oldest first."""
        return (*(item for stage in self.evidence.all for item in stage.statements), *self.own)

    @property
    def lineage(self) -> Lineage:
        """What provenance says of the artifacts."""
        made = [s for s in self.statements if s.statement.predicate_type in {PROVENANCE, SBOM}]
        return lineage_of(made, self.artifacts, self.context.baseline_commit)

    @property
    def origin(self) -> str:
        """The provenance's origin class; local where there is none."""
        return provenance_origin(self.statements).value

    @property
    def approval_policy(self) -> ReleaseApproval | None:
        """The target's release approval."""
        return self.policies.approval

    @property
    def newest_approval(self) -> Approval | None:
        """What the newest approval statement says."""
        given = [s for s in self.statements if s.statement.predicate_type == APPROVAL]
        return Approval.from_json(given[-1].statement.predicate) if given else None

    @property
    def approval_digests(self) -> tuple[str, ...]:
        """The digests of the approval statements' bundles."""
        given = (s for s in self.statements if s.statement.predicate_type == APPROVAL)
        return tuple(sorted(str(item.bundle_digest) for item in given))

    @property
    def policy_dependencies(self) -> dict[str, str]:
        """Return every policy of the target, and its digest."""
        return policy_digests(self.policies)

    @property
    def set_and_phase(self) -> str:
        """Return `ARTIFACT_SET_ID__PHASE`."""
        return f"{self.context.identity.artifact_set_id}__{self.stage.phase.value}"

    def head(self, family: str, policy: str) -> dict[str, Any]:
        """Return the fields that every record has."""
        context, approval = self.context, self.approval_policy
        return {
            "family": family,
            "record_id": f"{self.set_and_phase}__{policy}",
            "policy": policy,
            "policies": self.snapshot,
            "run": context.run_id,
            "context": str(context.digest),
            "approval_record_id": approval.id if approval else None,
            "gate_id": context.gate,
            "artifact_version": context.version,
            "artifact_set_id": context.identity.artifact_set_id,
            "source_revision": context.baseline_commit,
            "deployment_stage": context.target,
            "release_channel": context.channel,
            "phase": self.stage.phase,
            "stage": self.stage.id,
            "artifacts": tuple(
                Artifact(name=name, digest=str(digest))
                for name, digest in sorted(self.artifacts.items())
            ),
            "recorded_at": self.now,
        }


def provenance_origin(statements: tuple[Believed, ...]) -> OriginClass:
    """Return the class that all provenance has; local where any is, or where there is none."""
    made = [item for item in statements if item.statement.predicate_type == PROVENANCE]
    live = bool(made) and all(item.origin is OriginClass.LIVE for item in made)
    return OriginClass.LIVE if live else OriginClass.LOCAL


def policy_digests(policies: TargetPolicies) -> dict[str, str]:
    """Return every policy of the target, its release approval too, each with its digest."""
    return {
        policy.id: str(policy.digest)
        for family in (*FAMILIES, "approval")
        for policy in policies.of(family)
    }
