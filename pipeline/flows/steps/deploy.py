"""The deploy step: the approved wheel, no other, goes live; the state before is captured.

How it goes live is the driver's (`edges/drivers.py`). The attempt's key and the lease's token go
with it, so that an effect is never applied twice nor by a promotion that was overtaken.
"""

from __future__ import annotations

from typing import Any

from pipeline.core import statement
from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.core.predicates.deployment import Deployment, LiveState
from pipeline.edges.driver import Measured, Receipt, Rollout
from pipeline.edges.drivers import open_target
from pipeline.edges.files import make_folder, write_atomically
from pipeline.errors import UntrustedError
from pipeline.operations import installed, released
from pipeline.operations.step_io import Step, StepResult, StepStatement


def apply(step: Step) -> None:
    """Deploy the release's wheel to the step's target and record what was measured there.

    Raises what the driver raises; the old version serves on then. `UntrustedError` when an approval
    names other artifacts.
    """
    config = released.target_of(step)
    driver = open_target(step.state, config)
    name, wheel, digest = released.wheel_of(step.artifacts())
    _approved(step, name, digest)
    _posture(step)
    step.log(f"deploying {name} ({digest}) to {config.target}")
    extra = config.service.extra if config.service is not None else None
    receipt = driver.apply(
        Rollout(
            name=name,
            wheel=wheel,
            digest=digest,
            version=step.context.version,
            key=step.key,
            token=step.token,
            expected=_expected(step),
        ),
        released.installer(step.artifacts(), extra),
    )
    measured = installed.measured(driver, wheel, digest, config.target)
    before = "nothing" if receipt.before.empty else f"version {receipt.before.version}"
    step.log(f"live: {receipt.version}, measured {measured.state.installed}; before: {before}")
    predicate = _predicate(config, receipt, measured)
    claim = StepStatement(type=statement.DEPLOYMENT, subjects=(name,), predicate=predicate)
    step.finish(StepResult(statements=(claim,)))


def _predicate(config: TargetConfig, receipt: Receipt, measured: Measured) -> dict[str, Any]:
    return Deployment(
        target=config.target,
        driver=config.driver.value,
        artifact=receipt.artifact,
        version=receipt.version,
        state_before=receipt.before,
        state_after=receipt.after,
        rollback_target=receipt.before,
        measured=measured.state.installed or "",
        environment=measured.environment or "",
        health=receipt.health,
        key=receipt.key,
        token=receipt.token,
    ).to_dict()


def _expected(step: Step) -> LiveState | None:
    """Return the state that the decision saw; a scratch target is empty whatever it was."""
    if step.live is None or step.document["scratch_target"] is not None:
        return None
    return LiveState.from_json(step.live)


def _approved(step: Step, name: str, digest: Digest) -> None:
    """Refuse a wheel that an approval of this release does not name (the gates decide the rest)."""
    for approval in step.statements(statement.APPROVAL):
        named = {item["name"]: item["digest"] for item in approval["predicate"]["artifacts"]}
        if named.get(name) != str(digest):
            raise _other(f"{name} is not what was approved", step.context.target)


def _other(what: str, target: str) -> UntrustedError:
    return UntrustedError(
        what,
        where=f"target {target}",
        todo="run `invoke verify` to see what was changed, then `invoke promote` again",
    )


def _posture(step: Step) -> None:
    """Give the service a posture document to show, where none was written yet."""
    folder = step.state / "targets" / step.context.target
    if not (folder / "posture.json").exists():
        make_folder(folder)
        first = released.first_posture(step.context, step.document["stage"])
        write_atomically(folder / "posture.json", first)
