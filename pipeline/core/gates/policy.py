"""Gate `policy`: an empty policy denies. A target that no promotion policy names stays shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold a target without a promotion policy."""
    target = case.context.target
    if case.promotion is None:
        yield Finding(
            id="policy.none",
            weight=Weight.HOLDS,
            what=f"no promotion policy names the target {target!r}; an empty policy denies",
            evidence=("config/policies/promotion.yaml",),
            command="add a policy for the target to config/policies/promotion.yaml",
        )
        return
    yield passes("policy.found", f"{case.promotion.id} holds for {target}", case.bound.policies)
