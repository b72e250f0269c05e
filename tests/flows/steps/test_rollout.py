"""Canary, deploy and post-deploy as a ladder runs them, on real processes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canary.record import rejudge
from pipeline.core.canonical import Digest
from pipeline.core.predicates.deployment import Deployment, LiveState
from pipeline.core.predicates.smoke import Smoke
from pipeline.core.statement import CANARY, DEPLOYMENT, SMOKE, TEST_RESULT
from pipeline.edges import process_identity, service
from pipeline.edges.driver import EMPTY
from pipeline.edges.http import LoopbackClient
from pipeline.errors import ConflictError, HeldError, StepFailedError, UntrustedError
from pipeline.flows.steps import canary, deploy, postdeploy
from pipeline.operations.step_io import Step
from tests import services
from tests.flows.steps import driving
from tests.flows.steps.rollout import RULE, Rollouts


@pytest.fixture
def rollouts(tmp_path: Path) -> Iterator[Rollouts]:
    made = Rollouts(folder=tmp_path, config=services.target(), rule=dict(RULE))
    yield made
    for folder in tmp_path.glob("state*/targets/here/id"):
        service.stop(folder.read_text() + ":", grace=0.5)


def predicate(step: Step, type: str) -> dict[str, Any]:
    found = [s for s in driving.result_of(step).statements if s.type == type]
    assert len(found) == 1
    return found[0].predicate


def run_canary(step: Step) -> tuple[str, dict[str, Any]]:
    canary.run(step)
    assert list(process_identity.marked(canary.marker(step))) == []
    told = predicate(step, CANARY)
    samples = (step.out / "samples.jsonl").read_bytes()
    assert rejudge(told, samples).to_dict() == told
    assert told["samples"] == str(Digest.of(samples))
    passed = driving.result_of(step).verdict.value == "pass"
    assert passed == (told["verdict"] == "PASS")
    return told["verdict"], told


def beside(rollouts: Rollouts, version: str, mood: str, *, old: str) -> Step:
    """Prepare the canary of a release while the release `old` is live."""
    live = rollouts.artifacts(old)
    step = rollouts.step(version, mood)
    folder = step.folder / "inputs" / "baseline"
    folder.mkdir()
    for name, path in live.items():
        shutil.copyfile(path, folder / name)
    wheel = next(path for name, path in live.items() if name.endswith(".whl"))
    state = LiveState(
        empty=False,
        artifact=str(Digest.of(wheel.read_bytes())),
        version=old,
        installed=str(Digest.of(b"installed")),
    )
    step.document["inputs"] = {
        **step.document["inputs"],
        "live": state.to_dict(),
        "baseline": {name: f"inputs/baseline/{name}" for name in live},
    }
    return step


def test_a_first_release_is_judged_by_the_objectives(rollouts: Rollouts) -> None:
    verdict, told = run_canary(rollouts.step("1.0"))
    assert verdict == "PASS"
    assert told["baseline"] == {"kind": "declared_objectives", "version": None, "digest": None}
    assert told["requests_per_arm"] == 60
    assert told["metrics"][0]["samples"] == 60


def test_a_faulty_first_release_fails(rollouts: Rollouts) -> None:
    verdict, told = run_canary(rollouts.step("1.0", "faulty"))
    assert verdict == "FAIL"
    assert {m["metric"] for m in told["metrics"] if m["verdict"] == "FAIL"} >= {"error_rate"}


def test_an_equal_canary_passes_beside_the_live_release(rollouts: Rollouts) -> None:
    step = beside(rollouts, "2.0", "well", old="1.0")
    verdict, told = run_canary(step)
    assert verdict == "PASS"
    assert told["baseline"]["kind"] == "released_wheel"
    assert told["baseline"]["version"] == "1.0"
    lines = (step.out / "samples.jsonl").read_bytes().splitlines()
    arms = [json.loads(line)["arm"] for line in lines]
    assert arms.count("baseline") == arms.count("canary") == 3 * 3


def test_a_canary_that_is_slower_than_the_live_release_fails(rollouts: Rollouts) -> None:
    rollouts.rule["margins"] = {"error_rate": "0", "p95_ratio": "1.5"}
    verdict, told = run_canary(beside(rollouts, "2.0", "slow", old="1.0"))
    assert verdict == "FAIL"
    assert told["metrics"][-1]["metric"] == "latency_ms"
    assert told["metrics"][-1]["verdict"] == "FAIL"


def test_a_canary_that_does_not_start_fails_and_leaves_nobody_behind(rollouts: Rollouts) -> None:
    step = rollouts.step("1.0", "dies")
    with pytest.raises(StepFailedError, match="no wish to live"):
        canary.run(step)
    assert list(process_identity.marked(canary.marker(step))) == []


def test_without_a_policy_there_is_no_canary(rollouts: Rollouts) -> None:
    with pytest.raises(HeldError, match="an empty policy denies"):
        canary.run(rollouts.step("1.0", policies={"canary": None}))


def test_the_canary_dies_with_its_step(rollouts: Rollouts) -> None:
    step = rollouts.step("1.0")
    step.document["policies"]["canary"]["rule"] = {**RULE, "intervals": 1000, "requests": 1000}
    child = os.fork()
    if child == 0:
        canary.run(step)
        os._exit(0)
    while not (found := list(process_identity.marked(canary.marker(step)))):
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert process_identity.wait_gone(found[0][0], seconds=5)


def deployed(rollouts: Rollouts, version: str, mood: str = "well") -> Step:
    step = rollouts.step(version, mood)
    deploy.apply(step)
    return step


def test_a_deployment_tells_before_after_and_what_was_measured(rollouts: Rollouts) -> None:
    first = Deployment.from_json(predicate(deployed(rollouts, "1.0"), DEPLOYMENT))
    assert first.state_before == first.rollback_target == EMPTY
    assert first.measured == first.state_after.installed
    second = Deployment.from_json(predicate(deployed(rollouts, "2.0"), DEPLOYMENT))
    assert second.state_before == second.rollback_target == first.state_after
    assert second.version == second.state_after.version == "2.0"
    assert rollouts.driver.state() == second.state_after


def test_the_same_attempt_again_says_the_same(rollouts: Rollouts) -> None:
    step = deployed(rollouts, "1.0")
    told = driving.result_of(step)
    processes = rollouts.driver.show()["pid"]
    deploy.apply(step)
    assert driving.result_of(step) == told
    assert rollouts.driver.show()["pid"] == processes


def test_a_wheel_that_was_not_approved_is_not_deployed(rollouts: Rollouts) -> None:
    step = rollouts.step("1.0")
    services.wheel(step.folder / "inputs" / "artifacts", "1.0", "open")
    with pytest.raises(UntrustedError, match="not what was approved"):
        deploy.apply(step)
    assert rollouts.driver.state() == EMPTY


def test_a_target_that_changed_since_the_decision_is_a_conflict(rollouts: Rollouts) -> None:
    deployed(rollouts, "1.0")
    step = rollouts.step("2.0")
    step.document["inputs"] = {**step.document["inputs"], "live": EMPTY.to_dict()}
    with pytest.raises(ConflictError):
        deploy.apply(step)
    scratch = str(rollouts.folder / "state-scratch")
    deploy.apply(
        Step(**{**_fields(step), "document": {**step.document, "scratch_target": scratch}})
    )
    assert rollouts.driver.state().version == "1.0"


def _fields(step: Step) -> dict[str, Any]:
    return {"folder": step.folder, "context": step.context, "document": step.document}


def test_two_wheels_or_none_cannot_be_deployed(rollouts: Rollouts) -> None:
    step = rollouts.step("1.0")
    step.document["inputs"] = {**step.document["inputs"], "artifacts": {}}
    with pytest.raises(StepFailedError, match="0 wheels"):
        deploy.apply(step)


def test_nothing_can_be_deployed_without_a_driver(rollouts: Rollouts) -> None:
    rollouts.config = services.target(driver="none")
    with pytest.raises(HeldError, match="it has no driver"):
        deploy.apply(rollouts.step("1.0"))


def test_what_is_live_is_checked_twice_and_watched_in_between(rollouts: Rollouts) -> None:
    rollouts.config = services.target(bake="1s")
    live = deployed(rollouts, "1.0")
    step = rollouts.step("1.0", after=live)
    postdeploy.smoke(step)
    told = Smoke.from_json(predicate(step, SMOKE))
    assert driving.result_of(step).verdict.value == "pass"
    assert (told.rounds, told.bake_seconds) == (2, 1)
    assert [(c.round, c.id) for c in told.checks] == [
        *((1, name) for name in ("page", "version", "unlock", "metrics", "health_during_bake")),
        *((2, name) for name in ("page", "version", "unlock", "metrics")),
    ]
    tests = predicate(step, TEST_RESULT)
    assert tests["result"] == "PASSED"
    assert tests["passedTests"] == ["page", "version", "unlock", "metrics", "health_during_bake"]
    assert tests["configuration"][0]["digest"]["sha256"]


def test_a_release_that_tires_while_it_bakes_fails(rollouts: Rollouts) -> None:
    rollouts.config = services.target(bake="1s", health={"path": "/health", "timeout": "5s"})
    live = deployed(rollouts, "1.0", "tires")
    with LoopbackClient(rollouts.driver.url()) as client:
        for _ in range(40):
            client.request("GET", "/version")
    step = rollouts.step("1.0", "tires", after=live)
    postdeploy.smoke(step)
    result = driving.result_of(step)
    assert result.verdict.value == "fail"
    assert "health_during_bake" in result.reason
    assert predicate(step, SMOKE)["rounds"] == 1
    assert predicate(step, TEST_RESULT)["failedTests"] == ["health_during_bake"]


@pytest.mark.parametrize("mood", ["open", "faulty"])
def test_a_failed_check_fails_the_step_and_keeps_the_evidence(
    rollouts: Rollouts, mood: str
) -> None:
    if mood == "faulty":
        wrong = {"id": "gone", "path": "/gone", "expect": {}}
        rollouts.config = services.target(smoke=[wrong])
    live = deployed(rollouts, "1.0", mood)
    step = rollouts.step("1.0", mood, after=live)
    postdeploy.smoke(step)
    assert driving.result_of(step).verdict.value == "fail"
    assert predicate(step, TEST_RESULT)["result"] == "FAILED"
    assert "not_run" not in predicate(step, TEST_RESULT)["passedTests"]


def test_no_checks_at_all_are_no_pass(rollouts: Rollouts) -> None:
    rollouts.config = services.target(smoke=[])
    live = deployed(rollouts, "1.0")
    step = rollouts.step("1.0", after=live)
    postdeploy.smoke(step)
    assert driving.result_of(step).verdict.value == "fail"
    assert predicate(step, TEST_RESULT)["result"] == "FAILED"


def test_another_release_being_live_is_not_verified_as_this_one(rollouts: Rollouts) -> None:
    live = deployed(rollouts, "1.0")
    with pytest.raises(UntrustedError, match="is live, not the release's"):
        postdeploy.smoke(rollouts.step("2.0"))
    rollouts.driver.stop()
    with pytest.raises(StepFailedError, match="no service runs"):
        postdeploy.smoke(rollouts.step("1.0", after=live))


def test_the_secret_is_in_no_log_and_no_statement(
    rollouts: Rollouts, capsys: pytest.CaptureFixture[str]
) -> None:
    live = deployed(rollouts, "1.0")
    step = rollouts.step("1.0", after=live)
    postdeploy.smoke(step)
    secret = rollouts.driver.secret().read_text().strip()
    assert secret not in capsys.readouterr().out
    assert secret not in (step.folder / "result.json").read_text()
