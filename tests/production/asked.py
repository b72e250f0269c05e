"""What a bakery asks for that is called production: all that the shipped production asks for."""

from __future__ import annotations

from typing import Any

from tests import policies
from tests.climbing import bakery

PROOF = "evidence.pot.private_tasting"
RAN_ON = {
    "result": "PASSED",
    "configuration": [
        {
            "name": "python",
            "uri": "pkg:generic/cpython",
            "annotations": {"implementation": "cpython", "version": "3.11.7"},
        },
        {
            "name": "platform",
            "uri": "pkg:generic/linux",
            "annotations": {"sys_platform": "linux", "machine": "x86_64", "libc": None},
        },
    ],
    "passedTests": ["crust"],
    "warnedTests": [],
    "failedTests": [],
}
HERE = {"python": "3.11", "platform": "linux-x86_64"}
ANCHORED = {"bake", "serve"}
STAGES = [stage | ({"anchor": True} if stage["id"] in ANCHORED else {}) for stage in bakery.STAGES]
RULE = policies.RULE | {
    "intervals": 10,
    "objectives": {"error_rate": "0.05", "p95_ms": "1000"},
    "margins": {"error_rate": "0.05", "p95_ratio": "4"},
    "min_samples": 100,
}
CHANGES: dict[str, Any] = {
    "ladder": {"channel": "production", "stages": STAGES},
    "promotion": policies.STRICT | {"certified": [HERE]},
    "approval": {
        "approval_mode": "manual_rollout_with_explicit_human_approval",
        "approval_scope": "production_launch",
        "release_version_source": "tag_at_commit",
        "provenance": "signed_by_trusted_workflow",
        "signing": "rooted_trust",
        "execution": {"test": "required", "canary": "required", "production": "production"},
        "launch_proofs": [PROOF],
    },
    "approval_authority": policies.NAMED
    | {
        "automation_reference": False,
        "evidence": [*policies.authority()["evidence"], "approver_or_automation_reference"],
    },
    "attestation": {
        "verification": "signed_or_attested",
        "rollback": "signed_or_attested",
        "before_production_approval": True,
    },
    "attestation_artifact": {"verification_required": True, "before_production_approval": True},
    "linkage": {"approval_ready_phase": "post-deploy"},
    "adoption": {"adopter": "adopter_role", "approval_ready_phase": "post-deploy"},
    "canary": {"rule": RULE},
    "target": {"bake": "1s"},
    "rollback": {"trusted_artifact": "signed_or_attested"},
}
