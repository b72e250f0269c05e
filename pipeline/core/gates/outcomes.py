"""Gate `outcomes`: what earlier stages found must be a pass in their own words, too.

A stage result says PASS; the statements it lists must not say otherwise: a failed test result, or
one in which no test passed, a canary that was not judged PASS, a smoke check that failed or did not
run, or smoke of something else than was deployed. Nor may they say nothing: a stage of this ladder
that is there to find one of these out (`emits`) and passed without a word of it holds, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.deployed import unlike
from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.predicates.canary import Canary
from pipeline.core.predicates.fields import CheckVerdict, Verdict
from pipeline.core.predicates.smoke import Smoke
from pipeline.core.statement import CANARY, DEPLOYMENT, SMOKE, TEST_RESULT, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


_OUTCOMES = (TEST_RESULT, CANARY, SMOKE)


def gate(case: Case) -> Iterable[Finding]:
    """Hold on an outcome that is no pass, and on one that is missing."""
    for stage in case.evidence.all:
        if stage.result.verdict is not Verdict.PASS:
            yield _hold("stage", f"{stage.result.stage} did not pass", str(stage.digest))
    yield from _missing(case)
    yield from _smoke(case)
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


def _smoke(case: Case) -> Iterable[Finding]:
    """Hold on a check that is no pass, and on one of something else than was deployed."""
    for item in case.evidence.of(SMOKE):
        checks = Smoke.from_json(item.statement.predicate).checks
        bad = [check.id for check in checks if check.verdict is not CheckVerdict.PASSED]
        if bad or not checks:
            yield _hold("smoke", f"smoke: {', '.join(bad) or 'no check'}", str(item.bundle_digest))
        if other := unlike(item, case.evidence.of(DEPLOYMENT)):
            yield _hold("installed", other, str(item.bundle_digest))


def _missing(case: Case) -> Iterable[Finding]:
    """Hold on a stage of this ladder that passed without an outcome that it may sign."""
    for stage in case.evidence.stages:
        for kind in case.ladder.stage(stage.result.stage).emits:
            if kind in _OUTCOMES and not any(stage.of(kind)):
                words = f"{stage.result.stage} passed without the {slug(kind)} that it is there for"
                yield _hold("missing", words, str(stage.digest))


def _hold(what: str, text: str, digest: str) -> Finding:
    return Finding(
        id=f"outcomes.{what}",
        weight=Weight.HOLDS,
        what=text,
        evidence=(digest,),
        command="read the stage's log in the evidence folder; release a new version",
    )
