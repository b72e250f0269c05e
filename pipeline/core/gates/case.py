"""What a gate is shown (`Case`) and what it answers (`Finding`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.core.launch import Launch
from pipeline.core.release import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.baseline.report import BaselineReport
    from pipeline.core.config import TargetConfig
    from pipeline.core.evidence import Believed, Evidence
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.policies import (
        ApprovalAuthorityPolicy,
        PromotionPolicy,
        ReleaseApproval,
        TargetPolicies,
        TrustKind,
        VerificationPolicy,
    )
    from pipeline.core.registry import Registry
    from pipeline.core.release import RunContext
    from pipeline.core.reviews.cover import ReviewReport


class Weight(StrEnum):
    """What a finding does to the decision."""

    PASSES = "passes"
    NOTES = "notes"
    """Does not hold this target, but would hold one whose policy asks for it."""
    HOLDS = "holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one gate found: for or against, from which evidence, and what clears it."""

    id: str
    weight: Weight
    what: str
    evidence: tuple[str, ...] = ()
    command: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "weight": self.weight.value,
            "what": self.what,
            "evidence": list(self.evidence),
            "command": self.command,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The digests that decisions and approvals bind, as they are now (`sha256:HEX`)."""

    ladder: str
    policies: str
    trust: str
    live_state: str
    rollback_target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a decision about one stage rests on. Absent is `None` or empty, never guessed."""

    context: RunContext
    ladder: Ladder
    stage: Stage
    named: bool
    """Whether `--stage` named this stage or a later one."""
    evidence: Evidence
    missing: tuple[str, ...]
    """Earlier stages without a verified pass."""
    failed: str
    """Why this stage failed for good; empty if it did not."""
    passed: str
    """Digest of this stage's own passing result, if it has passed; else empty."""
    abandoned: str
    """Why the release was given up; empty if it was not."""
    dirty: tuple[str, ...]
    """Paths of the checkout that differ from its commit."""
    target: TargetConfig
    policies: TargetPolicies
    """The target's policies and its release approval."""
    trust_kind: TrustKind
    anchored: bool
    approvals: tuple[Believed, ...]
    """Verified approvals of this run; what they bind is compared with `bound` by the gate."""
    bound: Bound
    now: str
    imports_missing: str = ""
    """Why the stage result that this ladder imports cannot be had; empty when it can."""
    hold: Believed | None = None
    """The newest entry of the target's holds, verified; `None` if nobody ever held it."""
    registry: Registry | None = None
    """What evidence the project knows; words that count for nothing by themselves."""
    baseline: BaselineReport | None = None
    """The commit's inputs compared with the baseline; `None` when nobody looked."""
    reviews: ReviewReport | None = None
    """How much of the commit the security reviews cover; `None` when nobody looked."""
    journal: str | None = None
    """The journal's head that all of this is as of: before this stage's own open begin, if any."""
    launch: Launch = field(default_factory=Launch)
    """What a launch asks for besides; what was not looked at holds."""
    runbooks: Mapping[str, str | None] = field(default_factory=dict)
    """Each runbook's digest as the release's commit has it, when something goes live; `None`: it
    has none such."""
    whole: bool = False
    """Whether the release as a whole is decided about, after its last stage (`RELEASE_GATES`)."""

    @property
    def promotion(self) -> PromotionPolicy | None:
        """The target's promotion policy."""
        return self.policies.promotion

    @property
    def verification(self) -> VerificationPolicy | None:
        """The target's verification policy."""
        return self.policies.verification

    @property
    def authority(self) -> ApprovalAuthorityPolicy | None:
        """The target's approval authority policy."""
        return self.policies.approval_authority

    @property
    def approval(self) -> ReleaseApproval | None:
        """The target's release approval."""
        return self.policies.approval

    @property
    def is_production(self) -> bool:
        """Whether rooted trust is asked for: by the policy, or by what the release is called."""
        asked = self.promotion is not None and self.promotion.trust.value == "rooted"
        return asked or PRODUCTION in {self.context.channel, self.context.target}


def passes(gate: str, what: str, *evidence: str) -> Finding:
    """Return a finding that speaks for the release."""
    return Finding(id=gate, weight=Weight.PASSES, what=what, evidence=evidence)
