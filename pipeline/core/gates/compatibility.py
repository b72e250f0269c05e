"""Gate `compatibility`: the release passed on every interpreter and platform that policy certifies.

1. It is asked once every stage below that may sign a test result has passed, before every live
   effect, where no stage of the ladder signs one, and of the whole release.
2. Each certified row needs a test result that passed, about an artifact of exactly this release, on
   that interpreter and that platform; of live origin where the policy accepts no other.
3. Of several results on one certified row the worst counts.
4. What is missing holds where certification is required, and is noted elsewhere; so is a required
   certification that names no row: an empty policy denies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.compatibility import matrix
from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect
from pipeline.core.policies.promotion import Demand
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.core.statement import TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.core.compatibility import Row
    from pipeline.core.gates.case import Case
    from pipeline.core.policies.promotion import Certified, PromotionPolicy


def gate(case: Case) -> Iterable[Finding]:
    """Hold, or note, what is certified and was not passed."""
    policy = case.promotion
    if policy is None or not _due(case):  # rule 1; the gate `policy` holds without one
        return
    if not policy.certified:
        if policy.certification is Demand.REQUIRED:  # rule 4
            what = "certification is required, and the policy certifies nothing"
            yield _finding(case, policy, "no_policy", what, ("config/policies/promotion.yaml",))
        return
    rows = matrix(case.evidence).rows
    missing, local, failed = [], [], []
    for wanted in policy.certified:
        found = _matching(rows, wanted)
        name = f"{wanted.python} on {wanted.platform}"
        if any(row.result is not CheckVerdict.PASSED for row in found):  # rule 3
            failed.append(name)
        elif not found:
            missing.append(name)
        elif not any(policy.accepts(row.origin) for row in found):
            local.append(name)
        else:
            yield passes(
                f"compatibility.{name}".replace(" ", "_"),
                f"passed on {name}",
                *(row.statement for row in found),
            )
    said = tuple(row.statement for row in rows)
    for how, names, words in (
        ("missing", missing, "no test result of this release is about"),
        ("local", local, f"no {policy.origin.value} test result is about"),
        ("failed", failed, "a test result did not pass on"),
    ):
        if names:
            yield _finding(case, policy, how, f"{words} {', '.join(names)}", said)


def _due(case: Case) -> bool:
    if case.whole or case.stage.effect is Effect.LIVE:
        return True
    ladder = case.ladder
    testing = [stage for stage in ladder.stages if TEST_RESULT in stage.emits]
    below = [stage for stage in testing if ladder.index(stage) < ladder.index(case.stage)]
    return not testing or (bool(below) and all(stage.id not in case.missing for stage in below))


def _matching(rows: Sequence[Row], wanted: Certified) -> list[Row]:
    return [
        row
        for row in rows
        if row.interpreter.is_python(wanted.python) and row.interpreter.is_platform(wanted.platform)
    ]


def _finding(
    case: Case, policy: PromotionPolicy, how: str, what: str, evidence: tuple[str, ...]
) -> Finding:
    testing = next((s for s in case.ladder.stages if TEST_RESULT in s.emits), None)
    ladder = case.ladder.ladder
    where = f"let a stage of config/ladders/{ladder}.yaml sign test results"
    if testing is not None:
        where = (
            f"name the interpreter under `pythons` of {testing.alias} in "
            f"config/ladders/{ladder}.yaml, on such a platform; then `invoke promote --ladder "
            f"{ladder} --stage {testing.alias}`"
        )
    return Finding(
        id=f"compatibility.{how}",
        weight=Weight.HOLDS if policy.certification is Demand.REQUIRED else Weight.NOTES,
        what=what,
        evidence=evidence or (policy.id,),
        command=where,
    )
