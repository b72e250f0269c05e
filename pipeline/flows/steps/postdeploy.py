"""The post-deploy step: what is live is this release, and it does what it should, twice.

1. What is live on the target is this release's wheel: what is installed is measured again and
   compared with the wheel, file by file, and with what the signed deployment says was measured.
   What the target's folder says of itself counts for nothing.
2. The target's smoke checks run against the live service.
3. The service is watched for the bake time: its health is asked for all the while.
4. The checks run again, and so does 1.

A failed check, or one that could not run, fails the step; no checks at all do too.
"""

from __future__ import annotations

import time

from pipeline.core import statement
from pipeline.core.canonical import digest_of
from pipeline.core.config import TargetConfig
from pipeline.core.predicates.deployment import Deployment
from pipeline.core.predicates.fields import CheckVerdict, Verdict
from pipeline.core.predicates.smoke import Smoke, SmokeVerdict
from pipeline.edges import clock
from pipeline.edges.driver import Driver
from pipeline.edges.drivers import open_target
from pipeline.edges.http import LoopbackClient, NoAnswerError
from pipeline.operations import installed, released
from pipeline.operations import smoke as checks
from pipeline.operations.step_io import Step, StepResult, StepStatement

WATCH = "health_during_bake"
"""The name under which the watch over the bake time stands among the checks."""
_OK = 200


def smoke(step: Step) -> None:
    """Verify the live release, and record it.

    `StepFailedError` when no service runs, `UntrustedError` when what is installed was changed.
    """
    config = released.target_of(step)
    driver = open_target(step.state, config)
    name, _, digest = released.wheel_of(step.artifacts())
    found_installed = _measured(step, driver, config.target)
    url = driver.url()
    found = _round(step, config, driver, url, 1)
    rounds = 1
    if config.bake and _passed(found):
        step.log(f"watching for {config.bake} s")
        found += (_watch(config, url),)
    if _passed(found):
        found += _round(step, config, driver, url, 2)
        rounds = 2
        found_installed = _measured(step, driver, config.target)
    predicate = Smoke(
        target=config.target,
        artifact=str(digest),
        installed=found_installed,
        bake_seconds=config.bake,
        rounds=rounds,
        checks=found,
    )
    passed = _passed(found) and rounds == 2  # noqa: PLR2004 - before and after the bake time
    wrong = [f"{c.id}: {c.reason}" for c in found if c.verdict is not CheckVerdict.PASSED]
    step.finish(
        StepResult(
            verdict=Verdict.PASS if passed else Verdict.FAIL,
            reason="" if passed else "; ".join(wrong[:3]) or "no smoke check is declared",
            statements=(
                StepStatement(
                    type=statement.SMOKE, subjects=(name,), predicate=predicate.to_dict()
                ),
                StepStatement(
                    type=statement.TEST_RESULT,
                    subjects=(name,),
                    predicate=_test_result(config, found, passed=passed),
                ),
            ),
        )
    )


def _measured(step: Step, driver: Driver, target: str) -> str:
    """Measure what is live (1); `UntrustedError` if it is not this release, unchanged."""
    _, wheel, digest = released.wheel_of(step.artifacts())
    found = installed.measured(driver, wheel, digest, target)
    said = (Deployment.from_json(s["predicate"]) for s in step.statements(statement.DEPLOYMENT))
    deployments = installed.about(said, target, str(digest))
    scratch = step.document["scratch_target"] is not None
    installed.check_vouched(found, deployments, target, scratch=scratch)
    return found.state.installed or ""


def _round(
    step: Step, config: TargetConfig, driver: Driver, url: str, number: int
) -> tuple[SmokeVerdict, ...]:
    found = checks.check(config.smoke, url, driver.secret(), round=number)
    for one in found:
        step.log(f"round {number}: {one.verdict.value} {one.id}: {one.reason}")
    return found


def _watch(config: TargetConfig, url: str) -> SmokeVerdict:
    """Ask for the service's health until the bake time is over (3), twice a second at most."""
    path = config.health.path if config.health is not None else "/"
    elapsed = clock.stopwatch()
    asked = bad = 0
    with LoopbackClient(url) as client:
        while elapsed() < config.bake:
            asked += 1
            try:
                bad += client.request("GET", path).status != _OK
            except NoAnswerError:
                bad += 1
            time.sleep(max(0.0, min(0.5, config.bake - elapsed())))
    verdict = CheckVerdict.FAILED if bad or not asked else CheckVerdict.PASSED
    reason = f"{asked} times asked, {bad} times not healthy"
    return SmokeVerdict(id=WATCH, round=1, verdict=verdict, reason=reason, status=None)


def _passed(found: tuple[SmokeVerdict, ...]) -> bool:
    return bool(found) and all(one.verdict is CheckVerdict.PASSED for one in found)


def _test_result(
    config: TargetConfig, found: tuple[SmokeVerdict, ...], *, passed: bool
) -> dict[str, object]:
    """Return in-toto's Test Result v0.1: a test counts as passed when it passed in every round."""
    names = list(dict.fromkeys(one.id for one in found))
    failed = {one.id for one in found if one.verdict is not CheckVerdict.PASSED}
    declared = digest_of([item.model_dump(mode="json") for item in config.smoke])
    return {
        "result": "PASSED" if passed else "FAILED",
        "configuration": [
            {
                "name": f"config/targets/{config.target}.yaml#smoke",
                "digest": {"sha256": declared.hex},
            }
        ],
        "passedTests": [name for name in names if name not in failed],
        "warnedTests": [],
        "failedTests": [name for name in names if name in failed],
    }
