"""The canary step: baseline and canary side by side on loopback, the same traffic, one verdict.

1. The release's wheel, and the wheel that is live on the target, are installed in environments of
   their own. Where nothing is live, the rule's objectives are all that there is to compare with.
2. Both services start on ports of their own and become healthy.
3. In each interval both get the same bounded requests; what was seen goes to `out/samples.jsonl`.
4. The judge's verdict over these bytes is signed; anything but PASS fails the step.
5. Both services end with the step, however it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.core import statement
from pipeline.core.canary.record import record
from pipeline.core.canary.samples import Arm, write
from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.core.policies.canary import CanaryPolicy, CanaryRule
from pipeline.core.predicates.canary import Baseline, Canary
from pipeline.core.predicates.fields import Verdict
from pipeline.edges import clock, service, service_environment
from pipeline.edges.files import write_atomically
from pipeline.errors import HeldError
from pipeline.operations import released, traffic
from pipeline.operations.step_io import Step, StepResult, StepStatement

SAMPLES = "samples.jsonl"
LONGEST = 600.0
"""Seconds after which no interval is begun; what is missing then is no pass."""


def run(step: Step) -> None:
    """Run the canary ring and judge it; `HeldError` where no canary policy says how."""
    rule = _rule(step)
    config = released.target_of(step)
    name, _, digest = released.wheel_of(step.artifacts())
    arms: dict[Arm, Mapping[str, Path]] = {Arm.CANARY: step.artifacts()}
    if step.baseline():
        arms[Arm.BASELINE] = step.baseline()
    with _ring(step, config, arms) as origins:
        samples = _observe(step, rule, origins)
    (step.out / SAMPLES).write_bytes(samples)
    verdict = record(rule, samples, baseline=_baseline(step), canary=digest)
    _tell(step, verdict)
    passed = verdict.verdict == "PASS"
    step.finish(
        StepResult(
            verdict=Verdict.PASS if passed else Verdict.FAIL,
            reason="" if passed else f"the canary's verdict is {verdict.verdict}: {_why(verdict)}",
            statements=(
                StepStatement(type=statement.CANARY, subjects=(name,), predicate=verdict.to_dict()),
            ),
        )
    )


def _rule(step: Step) -> CanaryRule:
    policy = step.policies.get("canary")
    if policy is None:
        raise HeldError(
            f"no canary policy holds for {step.context.target}, and an empty policy denies",
            where="config/policies/canary.yaml",
            todo="write a policy for the target there: ring, surfaces, requests, limits",
        )
    return CanaryPolicy.from_json(policy).rule


def _baseline(step: Step) -> Baseline:
    if not step.baseline():
        return Baseline(kind="declared_objectives", version=None, digest=None)
    version = (step.live or {}).get("version")
    _, _, digest = released.wheel_of(step.baseline())
    return Baseline(kind="released_wheel", version=version, digest=str(digest))


def marker(step: Step) -> str:
    """Return what the markers of this run's canary processes begin with."""
    place = Digest.of(str(step.state).encode()).hex[:16]
    return f"canary:{place}:{step.context.run}:"


@contextlib.contextmanager
def _ring(
    step: Step, config: TargetConfig, arms: Mapping[Arm, Mapping[str, Path]]
) -> Iterator[dict[Arm, str]]:
    """Install and start each arm (1, 2); yield their origins; stop all of them (5)."""
    if config.service is None or config.health is None:
        raise HeldError(
            f"{config.target} has no service that a canary could run",
            where=f"config/targets/{config.target}.yaml: service, health",
            todo="say there how the service is started and when it is well",
        )
    prefix = marker(step)
    service.stop(prefix)  # what a killed canary of this run left
    secret, posture = step.scratch / "operator-secret", step.scratch / "posture.json"
    service_environment.ensure_secret(secret)
    write_atomically(posture, released.first_posture(step.context, step.document["stage"]))
    variables = service_environment.keep_contract(
        config.environment, service_environment.provided(posture, secret), target=config.target
    )
    origins = {}
    try:
        for arm, artifacts in arms.items():
            folder = step.scratch / arm.value
            installed = released.installer(artifacts, config.service.extra)(folder)
            running = service.start(
                service.Launch(
                    service=config.service,
                    health=config.health,
                    python=installed / "bin" / "python",
                    variables=variables,
                    folder=folder,
                    log=step.scratch / f"{arm.value}.log",
                    marker=service.new_marker(prefix),
                )
            )
            origins[arm] = running.url
            step.log(f"{arm.value} is healthy")
        yield origins
    finally:
        service.stop(prefix, grace=1.0)


def _observe(step: Step, rule: CanaryRule, origins: Mapping[Arm, str]) -> bytes:
    elapsed = clock.stopwatch()
    samples = b""
    for interval in range(1, rule.intervals + 1):
        if elapsed() > LONGEST:
            step.log(f"stopped before interval {interval}: {LONGEST:g} s are over")
            break
        seen = traffic.run(rule, origins, interval)
        samples += write(seen)
        bad = {arm: sum(s.bad or 0 for s in seen if s.arm is arm) for arm in origins}
        told = ", ".join(f"{arm.value} {count} bad" for arm, count in bad.items())
        step.log(f"interval {interval} of {rule.intervals}: {rule.requests} requests each, {told}")
    return samples


def _tell(step: Step, verdict: Canary) -> None:
    for metric in verdict.metrics:
        beside = "" if metric.baseline is None else f", baseline {metric.baseline}"
        step.log(f"{metric.verdict} {metric.metric}: {metric.reason}{beside}")
    for reason in verdict.reasons:
        step.log(f"amiss: {reason}")
    step.log(f"verdict {verdict.verdict}")


def _why(verdict: Canary) -> str:
    wrong = [f"{m.metric}: {m.reason}" for m in verdict.metrics if m.verdict != "PASS"]
    return "; ".join([*wrong, *verdict.reasons][:3])
