"""Policies that ask for nothing more than they must, as values; tests change one at a time."""

from __future__ import annotations

import json
from typing import Any

Fields = dict[str, Any]


def family(name: str, *policies: Fields) -> str:
    """Return a policy family's file. JSON is YAML."""
    return json.dumps({"family": name, "policies": list(policies)}, indent=1) + "\n"


def promotion(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"promotion_policy.{target}",
        "target": target,
        "trust": "rehearsal",
        "anchor": "not_required",
        "origin": "local_or_synthetic_proof",
        "required_stages": ["water"],
        "manual_stages": [],
        "approval_reference_strategy": "workflow_run_else_local_trigger",
        "compatibility_strategy": "generated_matrix_snapshot",
        "policy_dependency_strategy": "policy_digests",
        "attestation_policies": [],
        "certification": "noted",
        "security_review": "noted",
        "baseline": "noted",
    } | changes


STRICT: Fields = {
    "trust": "rooted",
    "anchor": "required",
    "origin": "live_workflow_backed",
    "certification": "required",
    "security_review": "required",
    "baseline": "required",
}
"""What the promotion policy of production says."""


def verification(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"verification_policy.{target}",
        "target": target,
        "required_checks": ["digests"],
        "advisories": {"max_age": "7d", "exceptions": []},
        "licences": {"allow": ["MIT"]},
    } | changes


def authority(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"approval_authority.{target}",
        "target": target,
        "kinds": ["local_manual"],
        "threshold": 0,
        "named_approver": False,
        "expires": "1h",
        "human_approval": True,
        "automation_reference": True,
        "evidence": ["approval_mode", "approval_scope", "approval_reference", "authority_kind"],
        "reference_strategy": "approver_else_workflow_else_local_trigger",
        "promotion_policy": f"promotion_policy.{target}",
    } | changes


NAMED: Fields = {"kinds": ["named_approver"], "threshold": 1, "named_approver": True}
"""What an authority policy says that asks for a named approver."""


def boundary() -> Fields:
    return {
        "traffic": "synthetic_only",
        "strategy": "beside_baseline",
        "evidence": [],
        "prohibited_claims": [
            "production_approval",
            "signed_provenance",
            "universal_support",
            "wider_compatibility",
            "partner_support",
        ],
    }


def approval(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    """Return a release approval that names no policy to fulfil."""
    return {
        "id": f"release_approval.{target}",
        "target": target,
        "gate": "kitchen",
        "approval_mode": "manual_dispatch_with_human_initiation",
        "approval_scope": "guarded_rollout_only",
        "release_version_source": "tag_or_derived_from_git",
        "artifact_set_source": "own_run",
        "source_revision_source": "run_commit",
        "digest_source": "evidence_bundle",
        "provenance": "not_asked",
        "signing": "local_key",
        "tracking_policies": [],
        "authority_policies": [],
        "promotion_policies": [],
        "rollback_policies": [],
        "smoke_policies": [],
        "attestation_policies": [],
        "attestation_artifact_policies": [],
        "canary_rules": [],
        "execution": {"test": "not_asked", "canary": "not_asked", "production": "not_production"},
        "bundle_phases": ["pre-deploy", "post-deploy"],
        "bundle_output": "artifacts/release-evidence/{channel}/{run}/{phase}",
        "rollback_references": [],
    } | changes


def approval_file(target: str = "pot", **changes: Any) -> str:  # noqa: ANN401 - fields
    """Return the file of a release approval."""
    return json.dumps(approval(target, **changes), indent=1) + "\n"


CLAIMS = [
    "source_revision",
    "build_workflow",
    "builder_identity",
    "artifact_digest",
    "dependency_snapshot",
]
PHASES = ["pre-deploy", "post-deploy"]
LINKED = ["tracking", "attestation", "approval_authority", "promotion", "rollback_target"]


def attestation(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"attestation_policy.{target}.lineage",
        "target": target,
        "identity_claims": CLAIMS,
        "stages": ["bake"],
        "verification": "digests_recorded",
        "rollback": "documented",
        "before_production_approval": False,
    } | changes


def attestation_artifact(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_attestation_artifact.{target}.lineage",
        "target": target,
        "phases": PHASES,
        "identity_claims": CLAIMS,
        "verification_required": False,
        "before_production_approval": False,
    } | changes


def tracking(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_tracking_policy.{target}.identity",
        "target": target,
        "artifact_name": "bread_bundle",
        "artifact_type": "release_evidence_bundle",
        "identity_fields": [
            "artifact_name",
            "artifact_type",
            "artifact_version",
            "source_revision",
            "origin_class",
            "build_pipeline",
            "build_timestamp",
            "artifact_digest",
            "release_channel",
            "signing_status",
            "provenance_status",
            "dependency_snapshot",
        ],
        "phases": PHASES,
        "artifact_set_strategy": "channel_gate_version_run",
        "release_identity_rule": "one_artifact_set_per_version_gate_and_channel",
        "hotfix_rule": "new_version_with_bypass_notes",
    } | changes


def linkage(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_evidence_linkage.{target}.phases",
        "target": target,
        "phases": PHASES,
        "shared_identity_fields": [
            "approval_record_id",
            "gate_id",
            "artifact_version",
            "artifact_set_id",
            "source_revision",
            "origin_class",
            "deployment_stage",
            "release_channel",
        ],
        "shared_identity_strategy": "all_must_match",
        "families": {"pre-deploy": LINKED, "post-deploy": [*LINKED, "smoke_verification"]},
    } | changes


def adoption(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_record_adoption.{target}.import",
        "target": target,
        "phases": PHASES,
        "evidence": [
            "source_bundle",
            "review_contract",
            "generated_records",
            "origin_class",
            "review_reference",
            "adopter_identity",
            "adopted_record_ids",
            "source_policies",
            "current_policies",
            "policies_status",
        ],
        "families": {
            "pre-deploy": [*LINKED, "linkage"],
            "post-deploy": [*LINKED, "smoke_verification", "linkage"],
        },
        "source_digest_strategy": "must_match",
        "policy_snapshot_strategy": "must_match",
        "review_strategy": "named_adopter_and_reference",
        "adopter": "any_named",
        "importer": "adopt",
        "reviewed_apply": "adopt",
    } | changes


def rollback(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_rollback_policy.{target}.documented",
        "target": target,
        "kind": "documented_ref_and_runbook",
        "phases": PHASES,
        "fields": [
            "artifact_version",
            "artifact_set_id",
            "rollback_target_reference",
            "source_revision",
            "preparation_reference",
            "verification_status",
            "trusted_artifact_status",
            "operator_confirmation",
            "dependency_snapshot",
        ],
        "reference_strategy": "selected_release_and_checked_in_runbooks",
        "verification_strategy": "operator_confirmation_before_use",
        "trusted_artifact": "documented",
        "references": ["runbook.md"],
    } | changes


def smoke_verification(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"release_smoke_verification.{target}.counter",
        "target": target,
        "evidence": f"evidence.{target}.counter",
        "kind": "counter_smoke",
        "phases": ["post-deploy"],
        "checks": ["sip", "till"],
        "operator_session": True,
    } | changes


RULE: Fields = {
    "id": "canary_rule.pot.counter",
    "ring": "regulars",
    "surfaces": ["/bread"],
    "requests": 10,
    "intervals": 2,
    "concurrency": 1,
    "objectives": {"error_rate": "0.1", "p95_ms": "1000"},
    "margins": {"error_rate": "0.1", "p95_ratio": "4"},
    "min_samples": 20,
}


def canary(target: str = "pot", **changes: Any) -> Fields:  # noqa: ANN401 - fields
    return {
        "id": f"canary_policy.{target}.counter",
        "target": target,
        "rule": RULE,
        "boundary": boundary(),
    } | changes
