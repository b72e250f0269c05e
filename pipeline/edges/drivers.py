"""The literal table of deployment drivers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.core.config import Driver as DriverName
from pipeline.core.config import TargetConfig
from pipeline.edges import service_environment
from pipeline.edges.driver import EMPTY, Driver, Measured, Observation, Receipt, Rollout
from pipeline.edges.target_local.driver import LocalTarget
from pipeline.errors import HeldError

__all__ = [
    "DRIVERS",
    "EMPTY",
    "PROVIDED",
    "Driver",
    "Measured",
    "Observation",
    "Receipt",
    "Rollout",
    "open_target",
]


def _none(_: Path, config: TargetConfig) -> Driver:
    raise HeldError(
        f"nothing can be deployed to {config.target}: it has no driver",
        where=f"config/targets/{config.target}.yaml: driver",
        todo="name a driver there, such as `driver: local`",
    )


DRIVERS: dict[DriverName, Callable[[Path, TargetConfig], Driver]] = {
    DriverName.LOCAL: LocalTarget,
    DriverName.NONE: _none,
}
"""Driver by the name that a target's configuration gives it."""


PROVIDED: dict[DriverName, tuple[str, ...]] = {
    DriverName.LOCAL: service_environment.PROVIDED,
    DriverName.NONE: (),
}
"""The variables of an environment contract that a driver's targets provide by themselves."""


def open_target(state: Path, config: TargetConfig) -> Driver:
    """Return the driver of a target whose local state lies below `state` (`.release-ladder`).

    `HeldError` for a target without a driver.
    """
    return DRIVERS[config.driver](state / "targets" / config.target, config)
