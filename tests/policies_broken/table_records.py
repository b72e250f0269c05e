"""The rows of the families that records answer to, and of the release approval."""

from __future__ import annotations

from tests import policies
from tests.climbing import bakery
from tests.policies_broken.bases import IDENTITY, ROLLBACK, SHARED, Fields
from tests.policies_broken.table import (
    AUTHORITY,
    CANARY,
    EVERY,
    OFF,
    ON,
    PROMOTION,
    VERIFICATION,
    Row,
    execution,
    held,
    listed,
    refused,
    unlike,
)

POST = ["post-deploy"]
ATTESTATION = [
    held(
        "attestation",
        "identity_claims",
        policies.CLAIMS,
        "attestation.identity_claims",
        base="unsaid",
    ),
    *listed("attestation", ["bake", "knead"], "stages"),
    held("attestation", "verification", "signed_or_attested", "attestation.verification"),
    held("attestation", "rollback", "signed_or_attested", "attestation.rollback", base="served"),
    held(
        "attestation_artifact",
        "identity_claims",
        policies.CLAIMS,
        "attestation_artifact.identity_claims",
        base="unsaid",
    ),
    refused("attestation_artifact", "phases", POST, words="attestation"),
    held(
        "attestation_artifact",
        "verification_required",
        ON,
        "attestation_artifact.verification_required",
    ),
]
PRODUCTION = [
    refused(
        family,
        "before_production_approval",
        OFF,
        words="before_production_approval",
        base="production",
    )
    for family in ("attestation", "attestation_artifact")
]
TRACKING = [
    held("tracking", "artifact_name", "buns", "tracking.artifact_name", after="serve"),
    held("tracking", "identity_fields", IDENTITY, "tracking.identity_fields", base="unsaid"),
    refused("tracking", "phases", POST, words="tracking"),
    *unlike("tracking", "artifact_type", "artifact_set_strategy", "release_identity_rule"),
    held("tracking", "hotfix_rule", "no_bypass", "tracking.hotfix_rule", base="excepted"),
]
LINKAGE = [
    refused("linkage", "phases", POST, words="linkage"),
    held(
        "linkage",
        "shared_identity_fields",
        SHARED,
        "linkage.mismatch.approval_record_id",
        base="loose",
        after="serve",
        beside={"approval": {"id": "release_approval.pot.another"}},
    ),
    *unlike("linkage", "shared_identity_strategy"),
    held(
        "linkage",
        "approval_ready_phase",
        "pre-deploy",
        "linkage.approval_ready_phase",
        base="posted",
    ),
    refused(
        "linkage",
        "families",
        policies.linkage()["families"] | {"pre-deploy": [*policies.LINKED, "smoke_verification"]},
        words="smoke_verification",
    ),
]
ADOPTION = [
    refused("adoption", "phases", POST, words="families"),
    refused(
        "adoption",
        "families",
        policies.adoption()["families"] | {"pre-deploy": [*policies.LINKED, "smoke_verification"]},
        words="smoke_verification",
    ),
    *listed("adoption", ["another_word"], "evidence"),
    *unlike(
        "adoption",
        "source_digest_strategy",
        "policy_snapshot_strategy",
        "review_strategy",
        "importer",
        "reviewed_apply",
    ),
    Row(
        family="adoption",
        field="adopter",
        broken={"adopter": "adopter_role"},
        words="does not have the role adopter",
        after="sample",
        then="adopt",
    ),
    held(
        "adoption",
        "approval_ready_phase",
        "post-deploy",
        "adoption.approval_ready_phase",
        after="sample",
        then="tell",
    ),
]
ROLLBACKS = [
    *unlike("rollback", "kind", "reference_strategy", "verification_strategy"),
    refused("rollback", "phases", POST, words="rollback"),
    held("rollback", "fields", ROLLBACK, "rollback.fields", base="unblessed"),
    held(
        "rollback",
        "trusted_artifact",
        "signed_or_attested",
        "rollback.trusted_artifact",
        base="served",
    ),
    held("rollback", "references", ["runbook.md", "other.md"], "rollback.references"),
]
CHANGED = ("smoke_verification.kind",)
SMOKE = [
    held("smoke_verification", "evidence", "evidence.pot.other", *CHANGED, after="taste"),
    held("smoke_verification", "kind", "another_smoke", *CHANGED, after="taste"),
    refused("smoke_verification", "phases", policies.PHASES, words="smoke_verification"),
    *listed("smoke_verification", ["sip", "till", "smell"], "checks"),
    refused("smoke_verification", "operator_session", ON, base="unlocked"),
]
EXECUTION = "release_approval.execution"
LISTS = (
    "tracking_policies",
    "authority_policies",
    "promotion_policies",
    "rollback_policies",
    "smoke_policies",
    "attestation_policies",
    "attestation_artifact_policies",
    "canary_rules",
)


def _production() -> Fields:
    return execution(production="production")


APPROVAL = [
    refused("approval", "gate", "cellar", words="gate: "),
    held(
        "approval",
        "approval_mode",
        "manual_rollout_with_explicit_human_approval",
        "release_approval.approval_mode",
    ),
    held("approval", "approval_scope", "production_launch", "release_approval.approval_scope"),
    held(
        "approval",
        "release_version_source",
        "tag_at_commit",
        "release_approval.release_version_source",
        base="untagged",
    ),
    held("approval", "artifact_set_source", "imported_run", "release_approval.artifact_set_source"),
    held(
        "approval",
        "source_revision_source",
        "provenance_commit",
        "release_approval.source_revision_source",
        base="unsaid",
    ),
    held(
        "approval",
        "digest_source",
        "provenance_subjects",
        "release_approval.digest_source",
        base="bare",
    ),
    held("approval", "provenance", "signed_per_run", "release_approval.provenance", base="bare"),
    held("approval", "signing", "rooted_trust", "release_approval.signing"),
    *(
        refused("approval", name, [*bakery.APPROVAL[name], "some.pot.other"], words=f"{name}[")
        for name in LISTS
    ),
    held("approval", "execution", _production()["execution"], EXECUTION),
    held(
        "approval",
        "execution.test",
        execution(test="required", canary="not_asked"),
        "release_approval.execution_test",
        base="untried",
    ),
    held(
        "approval",
        "execution.canary",
        execution(test="not_asked", canary="required"),
        "release_approval.execution_canary",
        base="untried",
    ),
    held("approval", "execution.production", _production(), EXECUTION),
    held("approval", "bundle_phases", ["pre-deploy"], "release_approval.bundle_phases"),
    *unlike("approval", "bundle_output"),
    held(
        "approval",
        "rollback_references",
        ["runbook.md", "other.md"],
        "release_approval.rollback_references",
    ),
    held("approval", "launch_proofs", ["evidence.pot.private"], "launch_proofs.pending"),
]
ROWS: list[Row] = [
    *EVERY,
    *PROMOTION,
    *VERIFICATION,
    *CANARY,
    *AUTHORITY,
    *ATTESTATION,
    *PRODUCTION,
    *TRACKING,
    *LINKAGE,
    *ADOPTION,
    *ROLLBACKS,
    *SMOKE,
    *APPROVAL,
]
