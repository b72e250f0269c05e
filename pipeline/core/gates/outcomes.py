"""Gate `outcomes`: what earlier stages found must be a pass in their own words, too.

A stage result says PASS; the statements it lists must not say otherwise: a failed test result, or
one in which no test passed, a canary that was not judged PASS, a smoke check that failed or did not
run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.predicates.canary import Canary
from pipeline.core.predicates.fields import CheckVerdict, Verdict
from pipeline.core.predicates.smoke import Smoke
from pipeline.core.statement import CANARY, SMOKE, TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold on an outcome that is no pass."""
    for stage in case.evidence.all:
        if stage.result.verdict is not Verdict.PASS:
            yield _hold("stage", f"{stage.result.stage} did not pass", str(stage.digest))
    for item in case.evidence.of(TEST_RESULT):
        predicate = item.statement.predicate
        if predicate.get("result") != "PASSED" or predicate.get("failedTests"):
            yield _hold("tests", "a test result is not PASSED", str(item.bundle_digest))
        elif not predicate.get("passedTests"):
            yield _hold("tests", "a test result has no test that passed", str(item.bundle_digest))
        else:
            yield passes("outcomes.tests", "tests passed", str(item.bundle_digest))
    for item in case.evidence.of(CANARY):
        verdict = Canary.from_json(item.statement.predicate).verdict
        if verdict != "PASS":
            yield _hold("canary", f"the canary was judged {verdict}", str(item.bundle_digest))
        else:
            yield passes("outcomes.canary", "the canary was judged PASS", str(item.bundle_digest))
    for item in case.evidence.of(SMOKE):
        checks = Smoke.from_json(item.statement.predicate).checks
        bad = [check.id for check in checks if check.verdict is not CheckVerdict.PASSED]
        if bad or not checks:
            yield _hold("smoke", f"smoke: {', '.join(bad) or 'no check'}", str(item.bundle_digest))


def _hold(what: str, text: str, digest: str) -> Finding:
    return Finding(
        id=f"outcomes.{what}",
        weight=Weight.HOLDS,
        what=text,
        evidence=(digest,),
        command="read the stage's log in the evidence folder; release a new version",
    )
