"""A release about which nothing is wrong, as gates see it; tests spoil one thing at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.baseline.model import Baseline
from pipeline.core.baseline.report import BaselineReport
from pipeline.core.evidence import Believed, Evidence
from pipeline.core.gates import GATES, Case, Finding, Weight
from pipeline.core.policies import TrustKind
from pipeline.core.registry import Registry
from pipeline.core.reviews.cover import ReviewReport
from pipeline.core.reviews.model import Reviews
from tests.core.gates.launches import LAUNCH
from tests.core.gates.signed import (
    BOUND,
    CONTEXT,
    EARLIER,
    LADDER,
    NOW,
    POLICIES,
    TARGET,
    approval,
    believed,
    below,
    passed,
    smoke,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = BaselineReport(commit="a" * 40, baseline=str(Baseline().digest))
"""Nothing is amiss with what the release is made from."""
COVERED = ReviewReport(commit="a" * 40, reviews=str(Reviews().digest), total=7, covered=7)
"""Every line was reviewed."""


def evidence(upto: str = "pour", *, approved: tuple[Believed, ...] | None = None) -> Evidence:
    """Return the evidence of every stage below one."""
    given = (approval(approver=None),) if approved is None else approved
    everything = (
        *below(),
        passed("bless", *given),
        passed("pour"),
        passed("sip", smoke("passed")),
    )
    index = LADDER.index(upto)
    return Evidence(stages=everything[:index])


def case(stage_id: str = "pour", **changes: Any) -> Case:  # noqa: ANN401 - fields of any type
    """Return a case in which every gate lets the stage go on."""
    fields: dict[str, Any] = {
        "context": CONTEXT,
        "registry": Registry(),
        "baseline": KEPT,
        "reviews": COVERED,
        "ladder": LADDER,
        "stage": LADDER.stage(stage_id),
        "named": True,
        "evidence": evidence(stage_id),
        "missing": (),
        "failed": "",
        "passed": "",
        "abandoned": "",
        "dirty": (),
        "target": TARGET,
        "policies": POLICIES,
        "trust_kind": TrustKind.REHEARSAL,
        "anchored": False,
        "approvals": (),
        "bound": BOUND,
        "now": NOW,
        "launch": LAUNCH,
    }
    given = {POLICY[name]: changes.pop(name) for name in POLICY if name in changes}
    fields["policies"] = fields["policies"].model_copy(update=given)
    return Case(**(fields | changes))


POLICY = {
    "promotion": "promotion",
    "verification": "verification",
    "authority": "approval_authority",
    "approval": "approval",
}
"""What tests call a policy of the case → its field among the target's policies."""


def held(action: str, **changes: Any) -> Believed:  # noqa: ANN401 - fields
    """Return an entry of the holds of `pot`."""
    fields = {
        "project": "tea",
        "target": "pot",
        "action": action,
        "reason": "the pot leaks",
        "actor": "Ada <ada@example.invalid>",
        "at": EARLIER,
        "number": 1,
        "previous": [],
    }
    return believed(statement.HOLD, fields | changes)


def ask(gate: str, stage_id: str = "pour", **changes: Any) -> list[Finding]:  # noqa: ANN401
    """Ask one gate of the table about the case with changes."""
    return list(GATES[gate](case(stage_id, **changes)))


def told(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return ids and weights, and see that whatever holds or notes says what clears it."""
    for finding in findings:
        assert finding.what
        assert finding.command or finding.weight is Weight.PASSES, finding
    return [(finding.id, finding.weight.value) for finding in findings]
