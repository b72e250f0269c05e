"""The counts of the posture: policies that are defined, records that are checked in, and of which
class; the release target gates. Every number is counted here from values that were verified.

What is declared is counted as defined, and never as more: a policy is no record, a registry's entry
is no evidence, and a record of a local proof grants nothing.
"""  # noqa: D205 - one sentence, two lines

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.families import POLICY_OF, RecordFamily
from pipeline.core.policies import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.core.adopted import AdoptedCounts
    from pipeline.core.config import Configuration

_CALLED = {
    "attestation_records": RecordFamily.ATTESTATION,
    "authority_records": RecordFamily.APPROVAL_AUTHORITY,
    "linkage_records": RecordFamily.LINKAGE,
    "adoption_records": RecordFamily.ADOPTION,
    "promotion_records": RecordFamily.PROMOTION,
    "smoke_records": RecordFamily.SMOKE_VERIFICATION,
    "rollback_targets": RecordFamily.ROLLBACK_TARGET,
    "canary_records": RecordFamily.CANARY,
}
"""What a family's checked-in records are called among the counts."""


def counted_posture(
    configuration: Configuration, adopted: AdoptedCounts, entries: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the posture document says besides its targets' entries."""
    return {
        "counts": _counts(configuration, adopted),
        "families": _families(configuration, adopted),
        "release_gates": [_gate(entry) for entry in entries],
        "adopted": {
            "releases": adopted.releases,
            "findings": [finding.to_dict() for finding in adopted.findings],
        },
    }


def _counts(configuration: Configuration, adopted: AdoptedCounts) -> dict[str, Any]:
    policies, targets = configuration.policies, configuration.targets
    approved = {approval.target for approval in policies.approvals}
    signed = [
        target
        for target in targets
        if (found := adopted.targets.get(target)) is not None
        and found[RecordFamily.ATTESTATION.value].live
    ]
    return {
        "evidence_records": len(configuration.registry.evidence),
        "approval_records": {"defined": len(approved & set(targets)), "of": len(targets)},
        "signed_provenance": {"reporting": len(signed), "of": len(policies.approvals)},
        "canary_rules": len(policies.canary),
        "attestation_policies": len(policies.attestation),
        "tracked_releases": adopted.tracked_releases.to_dict(),
        **{name: adopted.families[family.value].to_dict() for name, family in _CALLED.items()},
        # a local record of an approval grants nothing, whoever stands in it
        "production_approvals": adopted.production_approvals.live,
    }


def _families(configuration: Configuration, adopted: AdoptedCounts) -> dict[str, Any]:
    """Return for each policy family how many policies are defined, and its checked-in records."""
    records = {policy: family for family, policy in POLICY_OF.items()}
    found: dict[str, Any] = {}
    for family in FAMILIES:
        kept = records.get(family)
        found[family] = {
            "policies": len(getattr(configuration.policies, family)),
            "records": adopted.families[kept.value].to_dict(ids=False) if kept else None,
        }
    return found


def _gate(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the release target gate of a ladder, as its entry has it."""
    return {
        "id": f"gate.release_target.{entry['target']}.{entry['gate']}",
        "target": entry["target"],
        "readiness": entry["readiness"],
        "deployment_allowed": entry["deployment_allowed"],
        "production_ready": entry["production_ready"],
        "approval_state": entry["approval_state"],
        "blockers": [blocker["id"] for blocker in entry["blockers"]],
    }
