"""The gates, one file each, in the literal table `GATES`, and `decide`, which folds their findings.

A gate is a function `(case) → findings`. It never reads a clock or a file. A gate that crashes is a
HOLD with the crash as its finding. The default decision is HOLD: only findings that speak for the
release, and none against it, open it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, canonical
from pipeline.core.gates import (
    anchor,
    approval,
    attempts,
    attestation,
    attestation_artifact,
    authority,
    baseline,
    canary_rule,
    checks,
    compatibility,
    environment,
    hold,
    imports,
    launch_proofs,
    linkage,
    manual,
    order,
    origin,
    outcomes,
    policy,
    promotion,
    records,
    release_approval,
    reviews,
    rollback,
    signer,
    smoke_verification,
    tracking,
    tree,
    trust,
    window,
)
from pipeline.core.gates.case import Bound, Case, Finding, Weight
from pipeline.core.gates.excepted import excepted
from pipeline.core.gates.inputs import ASKED, inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.core.policies.excepting import FindingException

__all__ = ["GATES", "Bound", "Case", "Decision", "Finding", "Verdict", "Weight", "decide"]

RELEASE_GATES: Mapping[str, Callable[[Case], Iterable[Finding]]] = {
    "policy": policy.gate,
    "release_approval": release_approval.gate,
    "trust": trust.gate,
    "anchor": anchor.gate,
    "origin": origin.gate,
    "baseline": baseline.gate,
    "reviews": reviews.gate,
    "checks": checks.gate,
    "outcomes": outcomes.gate,
    "compatibility": compatibility.gate,
    "canary_rule": canary_rule.gate,
    "attestation": attestation.gate,
    "records": records.gate,
    "attestation_artifact": attestation_artifact.gate,
    "tracking": tracking.gate,
    "authority": authority.gate,
    "promotion": promotion.gate,
    "rollback": rollback.gate,
    "smoke_verification": smoke_verification.gate,
    "linkage": linkage.gate,
    "launch_proofs": launch_proofs.gate,
}
"""The gates that look at evidence alone: asked once more of the whole release, after its last
stage. Together they are the release target gate."""
GATES: Mapping[str, Callable[[Case], Iterable[Finding]]] = {
    "hold": hold.gate,
    "tree": tree.gate,
    "attempts": attempts.gate,
    "order": order.gate,
    "manual": manual.gate,
    "signer": signer.gate,
    "imports": imports.gate,
    **RELEASE_GATES,
    "approval": approval.gate,
    "environment": environment.gate,
    "window": window.gate,
}


class Verdict(StrEnum):
    """What a decision says."""

    PROCEED = "PROCEED"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision about one stage, with every finding and the digests of all it read."""

    verdict: Verdict
    stage: str
    run: str
    now: str
    findings: tuple[Finding, ...]
    inputs: dict[str, Any]
    exceptions_used: tuple[FindingException, ...] = ()
    """The policy's exceptions without which a finding would hold, by finding."""

    @property
    def holds(self) -> tuple[Finding, ...]:
        """The findings against."""
        return tuple(f for f in self.findings if f.weight is Weight.HOLDS)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The findings that would hold a stricter target."""
        return tuple(f for f in self.findings if f.weight is Weight.NOTES)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "verdict": self.verdict.value,
            "stage": self.stage,
            "run": self.run,
            "now": self.now,
            "findings": [finding.to_dict() for finding in self.findings],
            "exceptions_used": [item.to_dict() for item in self.exceptions_used],
            "inputs": self.inputs,
        }

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical(self.to_dict())

    @property
    def digest(self) -> Digest:
        """The digest by which the journal's begin names the decision."""
        return Digest.of(self.to_bytes())

    @property
    def substance(self) -> str:
        """What must be equal for two decisions to be the same one: all but when it was asked."""
        lasting = {name: value for name, value in self.inputs.items() if name not in ASKED}
        return str(Digest.of(canonical({**self.to_dict(), "now": "", "inputs": lasting})))


def decide(
    case: Case, gates: Mapping[str, Callable[[Case], Iterable[Finding]]] = GATES
) -> Decision:
    """Ask every gate and fold its findings. No gates, or no finding for it, is a HOLD."""
    findings: list[Finding] = []
    for name, gate in gates.items():
        try:
            found = list(gate(case))
        except Exception as error:  # noqa: BLE001 - a crashed gate is a HOLD, whatever crashed it
            what = f"the gate crashed: {type(error).__name__}: {error}"
            command = "this is a bug: please report it with what `invoke why --json` says"
            found = [Finding(id=f"{name}.crashed", weight=Weight.HOLDS, what=what, command=command)]
        findings += found
    exceptions = case.promotion.exceptions if case.promotion else ()
    judged, used = excepted(findings, exceptions, case.now)
    held = any(f.weight is Weight.HOLDS for f in judged)
    spoken = any(f.weight is Weight.PASSES for f in judged)
    return Decision(
        verdict=Verdict.PROCEED if spoken and not held else Verdict.HOLD,
        stage=case.stage.id,
        run=case.context.run_id,
        now=case.now,
        findings=judged,
        exceptions_used=used,
        inputs=inputs(case),
    )
