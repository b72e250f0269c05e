"""Gate `window`: nothing that has an effect outside begins inside a freeze window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold stages with an effect while one of the target's windows holds."""
    if case.stage.effect is Effect.NONE:
        return
    shut = [window for window in case.target.windows if window.holds(case.now)]
    for window in shut:
        yield Finding(
            id="window.frozen",
            weight=Weight.HOLDS,
            what=f"{case.context.target} is frozen until {window.until}: {window.reason}",
            evidence=(f"config/targets/{case.context.target}.yaml",),
            command=f"wait until {window.until}",
        )
    if not shut:
        yield passes("window.open", "no freeze window holds")
