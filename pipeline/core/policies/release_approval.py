"""The release approval of a target: what a release there stands on, and how far it may go.

One file each, `config/approvals/TARGET.yaml`. It names the policies that a release must fulfil;
a family that it names no policy of is not asked for, and a target without an approval is shut.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from pipeline.core.fields import Identifier, PolicyId, RelativePath
from pipeline.core.model import Model
from pipeline.core.policies.family import Phases, Policy

BUNDLE_OUTPUT = "artifacts/release-evidence/{channel}/{run}/{phase}"
"""Where the phase bundles lie."""


class ApprovalMode(StrEnum):
    """How a rollout is begun and approved."""

    HUMAN_INITIATION = "manual_dispatch_with_human_initiation"
    """Somebody starts it by hand; that is all that is claimed."""
    EXPLICIT_APPROVAL = "manual_rollout_with_explicit_human_approval"
    """Known principals have signed approvals of exactly this evidence."""


class ApprovalScope(StrEnum):
    """How far an approval goes."""

    GUARDED_ROLLOUT = "guarded_rollout_only"
    PRODUCTION_LAUNCH = "production_launch"


class VersionSource(StrEnum):
    """Where a release's version comes from."""

    TAG = "tag_at_commit"
    TAG_OR_DERIVED = "tag_or_derived_from_git"


class ArtifactSetSource(StrEnum):
    """Whose artifacts a release takes."""

    OWN_RUN = "own_run"
    IMPORTED_RUN = "imported_run"
    """Another ladder's verified run, byte for byte."""


class RevisionSource(StrEnum):
    """What says which revision a release was made from."""

    RUN_COMMIT = "run_commit"
    PROVENANCE_COMMIT = "provenance_commit"
    """The provenance's resolved dependency, which must be the run's commit."""


class DigestSource(StrEnum):
    """What says which bytes a release consists of."""

    EVIDENCE_BUNDLE = "evidence_bundle"
    PROVENANCE_SUBJECTS = "provenance_subjects"
    """What is deployed must be a subject of a verified provenance."""


class ProvenancePosture(StrEnum):
    """The least that a release's provenance must be."""

    NOT_ASKED = "not_asked"
    SIGNED = "signed_per_run"
    LIVE_WORKFLOW = "signed_by_trusted_workflow"


class SigningPosture(StrEnum):
    """The least that a release's signatures must be."""

    LOCAL_KEY = "local_key"
    ROOTED = "rooted_trust"


class Asked(StrEnum):
    """Whether a kind of evidence is asked for before anything goes live."""

    REQUIRED = "required"
    NOT_ASKED = "not_asked"


class ProductionPosture(StrEnum):
    """Whether a release here is a release to production."""

    NOT_PRODUCTION = "not_production"
    PRODUCTION = "production"


class ExecutionPosture(Model):
    """Which runs a release must have behind it, and what it is."""

    test: Asked = Field(description="A passed test result of the artifacts.")
    canary: Asked = Field(description="A canary judged PASS under a required rule.")
    production: ProductionPosture = Field(description="not_production or production.")


class ReleaseApproval(Policy):
    """What a release to a target stands on."""

    gate: Identifier = Field(description="The release gate, as the target's ladder has it.")
    approval_mode: ApprovalMode = Field(description="How a rollout is begun and approved.")
    approval_scope: ApprovalScope = Field(
        description="guarded_rollout_only, or production_launch: a production approval counts."
    )
    release_version_source: VersionSource = Field(description="Where the version comes from.")
    artifact_set_source: ArtifactSetSource = Field(description="Whose artifacts are taken.")
    source_revision_source: RevisionSource = Field(description="What says the revision.")
    digest_source: DigestSource = Field(description="What says the bytes.")
    provenance: ProvenancePosture = Field(description="The least that the provenance must be.")
    signing: SigningPosture = Field(description="The least that the signatures must be.")
    tracking_policies: tuple[PolicyId, ...] = Field(description="Tracking policies to fulfil.")
    authority_policies: tuple[PolicyId, ...] = Field(
        description="Approval authority policies to fulfil."
    )
    promotion_policies: tuple[PolicyId, ...] = Field(description="Promotion policies to fulfil.")
    rollback_policies: tuple[PolicyId, ...] = Field(description="Rollback policies to fulfil.")
    smoke_policies: tuple[PolicyId, ...] = Field(
        description="Smoke verification policies to fulfil."
    )
    attestation_policies: tuple[PolicyId, ...] = Field(
        description="Attestation policies to fulfil."
    )
    attestation_artifact_policies: tuple[PolicyId, ...] = Field(
        description="Attestation artifact policies to fulfil."
    )
    canary_rules: tuple[PolicyId, ...] = Field(description="Canary rules to have passed.")
    execution: ExecutionPosture = Field(description="What must have been run.")
    bundle_phases: Phases = Field(description="The phases that leave an evidence bundle.")
    bundle_output: Literal["artifacts/release-evidence/{channel}/{run}/{phase}"] = Field(
        description="Where the bundles lie."
    )
    rollback_references: tuple[RelativePath, ...] = Field(
        description="Runbooks for the way back, checked in at the release's commit."
    )
    launch_proofs: tuple[PolicyId, ...] = Field(
        default=(), description="Private proofs of the registry, pending until they were run."
    )

    def named(self, family: str) -> tuple[str, ...]:
        """Return the ids of a policy family's policies that a release must fulfil."""
        field = REQUIRED_LISTS.get(family)
        return tuple(getattr(self, field)) if field else ()


REQUIRED_LISTS: dict[str, str] = {
    "tracking": "tracking_policies",
    "approval_authority": "authority_policies",
    "promotion": "promotion_policies",
    "rollback": "rollback_policies",
    "smoke_verification": "smoke_policies",
    "attestation": "attestation_policies",
    "attestation_artifact": "attestation_artifact_policies",
}
"""Policy family → the field of a release approval that lists its required policies."""
