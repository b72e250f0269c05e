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
