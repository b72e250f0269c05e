"""Gate `manual`: a manual stage runs only when `--stage` names it or a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold a manual stage that nobody asked for."""
    if case.stage.manual and not case.named:
        yield Finding(
            id="manual.not_named",
            weight=Weight.HOLDS,
            what=f"{case.stage.id} is a manual stage and was not asked for by name",
            command=f"invoke promote --ladder {case.ladder.ladder} --stage {case.stage.alias}",
        )
    elif case.stage.manual:
        yield passes("manual.named", f"{case.stage.id} was asked for by --stage")
