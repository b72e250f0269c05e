"""Gate `environment`: the target's environment contract is kept before anything is deployed.

1. Only stages with a canary or live effect start the target's service: only they are looked at.
2. What was not looked at, or looked at under another contract, holds.
3. A required variable that neither the target provides by itself nor this process's environment
   has, holds; all of them are named, and values are never shown.
4. An optional one that is not there is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect
from pipeline.core.preflight import contract_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold a stage with an effect while the environment contract is not kept."""
    if case.stage.effect is Effect.NONE:  # rule 1
        return
    contract, found = case.target.environment, case.launch.preflight
    declared = str(contract_digest(contract))
    if found is None or found.contract != declared:  # rule 2
        yield _finding(case, "unknown", "the environment contract was not looked at", declared)
        return
    missing = found.missing(contract, required=True)
    if missing:  # rule 3
        what = f"the environment contract is not kept: {', '.join(missing)} not set"
        yield _finding(case, "missing", what, declared)
    absent = found.missing(contract, required=False)
    if absent:  # rule 4
        what = f"optional and not set: {', '.join(absent)}"
        yield _finding(case, "absent", what, declared, Weight.NOTES)
    if not missing:
        yield passes("environment.kept", "the environment contract is kept", declared)


def _finding(
    case: Case, how: str, what: str, digest: str, weight: Weight = Weight.HOLDS
) -> Finding:
    return Finding(
        id=f"environment.{how}",
        weight=weight,
        what=what,
        evidence=(f"config/targets/{case.context.target}.yaml", digest),
        command="set what is named in the environment of `invoke promote`, and call it again",
    )
