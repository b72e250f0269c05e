"""Gate `checks`: the verdicts of the check report. `not_run` is never a pass.

1. A failed check holds, whatever the policy says. Of several verdicts on one check the worst
   counts.
2. A check that the target's policy requires and that has not passed holds.
3. Another check that was not run is noted: it holds a target whose policy requires it.
4. Once a stage that reports checks has passed, the report must be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.predicates.check_report import CheckReport
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.core.statement import CHECK_REPORT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case
    from pipeline.core.predicates.check_report import Check

_BADNESS = {CheckVerdict.PASSED: 0, CheckVerdict.NOT_RUN: 1, CheckVerdict.FAILED: 2}


def gate(case: Case) -> Iterable[Finding]:
    """Hold on failed checks, and on required ones that did not pass."""
    due = _due(case)
    if not due:
        return
    if case.verification is None:
        yield Finding(
            id="checks.no_policy",
            weight=Weight.HOLDS,
            what=f"no verification policy names {case.context.target!r}; an empty policy denies",
            evidence=("config/policies/verification.yaml",),
            command="add a policy for the target to config/policies/verification.yaml",
        )
        return
    required = tuple(case.verification.required_checks)
    reports = list(case.evidence.of(CHECK_REPORT))
    found: dict[str, tuple[Check, str]] = {}
    for item in reports:
        report = CheckReport.from_json(item.statement.predicate)
        for check in report.checks:
            known = found.get(check.id)
            if known is None or _BADNESS[check.verdict] > _BADNESS[known[0].verdict]:
                found[check.id] = (check, str(item.bundle_digest))
    for name in required:
        if name not in found:
            yield _hold(name, "not_run", "no verified report has this check", due)
    for name, (check, digest) in sorted(found.items()):
        yield from _judge(name, check, digest, required=name in required)


def _due(case: Case) -> str:
    """Return the stage that reports checks, once it must have passed; else nothing."""
    index = case.ladder.index(case.stage)
    for stage in case.ladder.stages[:index]:
        if CHECK_REPORT in stage.emits and stage.id not in case.missing:
            return stage.alias
    return "imported" if any(case.evidence.imported) else ""


def _judge(name: str, check: Check, digest: str, *, required: bool) -> Iterable[Finding]:
    if check.verdict is CheckVerdict.PASSED:
        yield passes(f"checks.{name}", check.reason, digest)
    elif check.verdict is CheckVerdict.FAILED:
        yield _hold(name, "failed", check.reason, digest, check.todo)
    elif required:
        yield _hold(name, "not_run", check.reason, digest, check.todo)
    else:
        yield Finding(
            id=f"checks.{name}.not_run",
            weight=Weight.NOTES,
            what=f"{name} was not run: {check.reason}",
            evidence=(digest,),
            command=check.todo or _command(name),
        )


def _hold(name: str, how: str, reason: str, evidence: str, todo: str | None = None) -> Finding:
    return Finding(
        id=f"checks.{name}.{how}",
        weight=Weight.HOLDS,
        what=f"{name}: {how}: {reason}",
        evidence=(evidence,),
        command=todo or _command(name),
    )


def _command(name: str) -> str:
    return f"mend what {name} names, then release a new version (see the stage's log)"
