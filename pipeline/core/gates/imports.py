"""Gate `imports`: a ladder that takes another's artifacts needs that ladder's verified result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold while the imported stage result is missing or not verified."""
    wanted = next((stage.imports for stage in case.ladder.stages if stage.imports), None)
    if wanted is None:
        return
    if case.imports_missing:
        yield Finding(
            id="imports.missing",
            weight=Weight.HOLDS,
            what=f"{wanted.ladder}'s {wanted.stage} cannot be imported: {case.imports_missing}",
            evidence=(f"config/ladders/{case.ladder.ladder}.yaml",),
            command=f"invoke promote --ladder {wanted.ladder} --stage {wanted.stage}",
        )
        return
    digests = tuple(str(stage.digest) for stage in case.evidence.imported)
    yield passes("imports.verified", f"{wanted.ladder}'s verified artifacts are taken", *digests)
