"""One example of each record, as its file form has it."""

from __future__ import annotations

from typing import Any

from pipeline.core.canonical import Digest
from pipeline.core.families import RecordFamily
from pipeline.core.statement import record_type

D, E = (str(Digest.of(word)) for word in (b"one", b"two"))
T = "2026-06-01T12:00:00Z"
SET = "home__kitchen__1.0__0123456789abcdef"
BREAD = {"name": "bread.whl", "digest": D}


def head(family: str) -> dict[str, Any]:
    """Return what every record has."""
    return {
        "family": family,
        "record_id": f"{SET}__pre-deploy__{family}.pot.plain",
        "policy": f"{family}.pot.plain",
        "policies": E,
        "run": D,
        "context": E,
        "approval_record_id": "release_approval.pot",
        "gate_id": "kitchen",
        "artifact_version": "1.0",
        "artifact_set_id": SET,
        "source_revision": "a" * 40,
        "deployment_stage": "pot",
        "release_channel": "home",
        "phase": "pre-deploy",
        "stage": "nod",
        "artifacts": [BREAD],
        "recorded_at": T,
    }


_OWN: dict[RecordFamily, dict[str, Any]] = {
    RecordFamily.TRACKING: {
        "artifact_name": "bread_bundle",
        "artifact_type": "release_evidence_bundle",
        "build_pipeline": "https://tea.example/bake/v1",
        "build_timestamp": T,
        "signing_status": "signed_by_local_key",
        "provenance_status": "signed",
        "dependency_snapshot": {"name": "recipe.lock", "digest": D},
        "bypass_notes": [
            {"finding": "baseline.drift", "reason": "known", "owner": "ada", "expires": T}
        ],
    },
    RecordFamily.ATTESTATION: {
        "kind": "release_bundle_snapshot",
        "verification": "local_lineage_only",
        "claims": [{"name": "source_revision", "value": "a" * 40}],
        "provenance": [D],
        "signers": [E],
        "signer": {
            "key": D,
            "principal": "ada",
            "algorithm": "ecdsa-p256",
            "custody": "local",
            "proven_at": "2026-06-01T12:00:00Z",
        },
        "reference": f"release_bundle:{SET}__pre-deploy",
    },
    RecordFamily.APPROVAL_AUTHORITY: {
        "approval_mode": "manual_dispatch_with_human_initiation",
        "approval_scope": "guarded_rollout_only",
        "approval_reference": "trigger_source:local_manual",
        "authority_kind": "local_manual",
        "approver_or_automation_reference": "trigger_source:local_manual",
        "approvers": ["ada"],
        "approvals": [D],
    },
    RecordFamily.PROMOTION: {
        "completed_stages": ["bake"],
        "required_stages": ["bake"],
        "manual_stages": ["nod"],
        "approval_reference": "trigger_source:local_manual",
        "compatibility_matrix": D,
        "policy_dependencies": [{"id": "promotion_policy.pot", "digest": E}],
        "attestation_policies": ["attestation_policy.pot.lineage"],
        "stage_results": [D],
    },
    RecordFamily.SMOKE_VERIFICATION: {
        "kind": "counter_smoke",
        "evidence": "evidence.pot.counter",
        "verified_checks": ["sip"],
        "unverified_checks": ["till"],
        "operator_session_verified": False,
        "statements": [D],
    },
    RecordFamily.ROLLBACK_TARGET: {
        "kind": "documented_ref_and_runbook",
        "rollback_target_reference": "runbook.md; nothing was live",
        "rollback_version": "0.9",
        "rollback_artifact": D,
        "preparation_reference": [{"name": "runbook.md", "digest": E}],
        "missing_references": ["other.md"],
        "verification_status": "state_measured_before",
        "trusted_artifact_status": "documented_only",
        "operator_confirmation": "trigger_source:local_manual",
        "dependency_snapshot": {"name": "recipe.lock", "digest": D},
    },
    RecordFamily.LINKAGE: {
        "shared": [{"name": "gate_id", "value": "kitchen"}],
        "records": [{"family": "tracking", "record_id": "x", "digest": D}],
        "missing": ["promotion"],
        "mismatches": [{"record": "x", "field": "gate_id", "wanted": "a", "found": "b"}],
    },
    RecordFamily.ADOPTION: {
        "families": ["tracking"],
        "source_bundle": {"manifest": D, "seal": E},
        "review_contract": D,
        "generated_records": [
            {"record_id": "x", "family": "tracking", "path": "nod/x.sigstore.json", "digest": D}
        ],
        "adopter": "ada",
        "review_reference": "review 7",
        "adopted_record_ids": ["x"],
        "source_policies": D,
        "current_policies": D,
        "policies_status": "match",
        "origin_class_at_adoption": "local_or_synthetic_proof",
    },
    RecordFamily.CANARY: {
        "rule": "canary_rule.pot.counter",
        "rule_digest": D,
        "ring": "regulars",
        "traffic": "synthetic_only",
        "strategy": "beside_baseline",
        "surfaces": ["/bread"],
        "evidence": ["evidence.pot.counter"],
        "prohibited_claims": ["production_approval"],
        "verdict": "PASS",
        "requests_per_arm": 20,
        "samples": D,
        "statement": E,
    },
}

RECORD_EXAMPLES = {
    record_type(family): head(family.value) | fields for family, fields in _OWN.items()
}
NULLABLE = frozenset(
    {
        *("approval_record_id", "build_pipeline", "build_timestamp", "dependency_snapshot"),
        *("value", "approval_mode", "approval_scope", "approval_reference", "authority_kind"),
        *("approver_or_automation_reference", "rollback_version", "rollback_artifact"),
        *("operator_confirmation", "verdict", "samples", "statement"),
    }
)
"""Fields that a record may leave `None`: its evidence does not say."""
