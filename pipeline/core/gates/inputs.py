"""What a decision read: of every field of `Case` a digest, or the value itself where it is small.

`READ` has a line for each field of `Case`, and a test sees to that: what a gate could read and a
decision would not name could change unseen. `invoke why --replay` compares them one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import digest_of
from pipeline.core.policies import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.core.gates.case import Case
    from pipeline.core.model import Digested

FEW = 20
"""Up to so many words stand in an input as they are; more are named by their digest."""

READ: Mapping[str, Callable[[Case], dict[str, Any]]] = {
    "context": lambda case: {"context": str(case.context.digest)},
    "ladder": lambda case: {"ladder": str(case.ladder.digest)},
    "stage": lambda case: {"stage": str(case.stage.digest)},
    "named": lambda case: {"named": case.named},
    "journal": lambda case: {"journal": case.journal},
    "evidence": lambda case: {
        "stage_results": [str(stage.digest) for stage in case.evidence.stages],
        "imports": [str(stage.digest) for stage in case.evidence.imported],
    },
    "missing": lambda case: {"missing": _words(case.missing)},
    "failed": lambda case: {"failed": case.failed},
    "passed": lambda case: {"passed": case.passed},
    "abandoned": lambda case: {"abandoned": case.abandoned},
    "dirty": lambda case: {"dirty": _words(case.dirty)},
    "target": lambda case: {"target": str(digest_of(case.target.to_dict()))},
    "policies": lambda case: {
        "target_policies": {
            policy.id: str(policy.digest)
            for family in (*FAMILIES, "approval")
            for policy in case.policies.of(family)
        }
    },
    "trust_kind": lambda case: {"trust_kind": case.trust_kind.value},
    "anchored": lambda case: {"anchored": case.anchored},
    "approvals": lambda case: {
        "approvals": sorted(str(item.bundle_digest) for item in case.approvals)
    },
    "bound": lambda case: {
        "policies": case.bound.policies,
        "trust": case.bound.trust,
        "live_state": case.bound.live_state,
        "rollback_target": case.bound.rollback_target,
    },
    "imports_missing": lambda case: {"imports_missing": case.imports_missing},
    "hold": lambda case: {"hold": str(case.hold.bundle_digest) if case.hold else None},
    "launch": lambda case: case.launch.to_dict(),
    "registry": lambda case: {"registry": _digest(case.registry)},
    "baseline": lambda case: {
        "baseline": case.baseline.baseline if case.baseline else None,
        "baseline_report": str(case.baseline.digest) if case.baseline else None,
    },
    "reviews": lambda case: {
        "reviews": case.reviews.reviews if case.reviews else None,
        "review_report": str(case.reviews.digest) if case.reviews else None,
    },
    "runbooks": lambda case: {"runbooks": dict(case.runbooks)},
    "whole": lambda case: {"whole": case.whole},
    "now": lambda _: {},  # stands beside the inputs
}
"""Field of `Case` → its inputs, by name. Names are never used again for something else."""

ASKED = frozenset({"named", "journal"})
"""Inputs that say when and how it was asked. What follows from them stands in the findings: a
cut-off attempt is taken up whether or not its stage is named again."""


def inputs(case: Case) -> dict[str, Any]:
    """Return the inputs of a decision, by name: `sha256:HEX`, small plain values, or `None`."""
    found: dict[str, Any] = {}
    for read in READ.values():
        found |= read(case)
    return found


def _digest(value: Digested | None) -> str | None:
    return None if value is None else str(value.digest)


def _words(words: Sequence[str]) -> list[str] | str:
    return list(words) if len(words) <= FEW else str(digest_of(list(words)))
