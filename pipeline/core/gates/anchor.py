"""Gate `anchor`: where policy asks, attempts are anchored outside, so that deleting one shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.policies import Anchoring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold where an anchor is required, by policy or by the stage, and none is configured."""
    if case.anchored:
        yield passes("anchor.kept", "begin and head are anchored outside this store")
        return
    required = case.stage.anchor or (
        case.promotion is not None and case.promotion.anchor is Anchoring.REQUIRED
    )
    yield Finding(
        id="anchor.none",
        weight=Weight.HOLDS if required else Weight.NOTES,
        what="no anchor is configured: a deleted failed attempt could not be found out",
        evidence=("config/pipeline.yaml",),
        command='nothing in this version: it cannot anchor yet (README, "Not yet")',
    )
