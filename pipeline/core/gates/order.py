"""Gate `order`: a rung is climbed only from the one below; no stage can be skipped.

A pass is a fact about the stage as it was defined then. One whose definition has changed since is
told, and holds a target that asks for rooted trust: else a rung could be made easy, passed, and put
back, and whoever approves would be shown a ladder that nobody has climbed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold while an earlier stage has no verified pass."""
    if case.missing:
        yield Finding(
            id="order.not_climbed",
            weight=Weight.HOLDS,
            what=f"earlier stages have not passed: {', '.join(case.missing)}",
            command=(
                f"invoke promote --ladder {case.ladder.ladder} "
                f"--stage {case.ladder.stage(case.missing[-1]).alias}"
            ),
        )
        return
    digests = tuple(str(stage.digest) for stage in case.evidence.stages)
    yield passes("order.climbed", "every earlier stage has a verified pass", *digests)
