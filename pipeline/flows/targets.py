"""Targets: what is live, and its service started and stopped by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.config import Driver as DriverName
from pipeline.edges.drivers import EMPTY, Driver, open_target
from pipeline.operations import installed
from pipeline.operations.named import target_named

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def driver(workspace: Workspace, target: str | None) -> Driver:
    """Return the driver of a target; `HeldError` for one without."""
    return open_target(workspace.state, target_named(workspace, target))


def show(workspace: Workspace, target: str | None) -> dict[str, Any]:
    """Tell what is live on a target and whether its service runs; without a driver nothing is."""
    config = target_named(workspace, target)
    if config.driver is DriverName.NONE:
        return {
            "target": config.target,
            "driver": config.driver.value,
            "live": EMPTY.to_dict(),
            "artifact": None,
            "running": False,
            "healthy": False,
            "url": None,
            "pid": None,
            "rollback_targets": [],
        }
    return open_target(workspace.state, config).show()


def start(workspace: Workspace, target: str | None, *, dry_run: bool = False) -> dict[str, Any]:
    """Start the live version's service when it does not run, as after a reboot.

    What is installed is compared with its verified deployment first; `vouched` names its run.

    `HeldError` when nothing is live, `UntrustedError` when what is installed was changed,
    `StepFailedError` when it does not become healthy.
    """
    config = target_named(workspace, target)
    found = open_target(workspace.state, config)
    _, vouched = installed.check_live(workspace, found, config.target)
    told = found.show() if dry_run else found.start()
    return {**told, "vouched": vouched}


def stop(workspace: Workspace, target: str | None, *, dry_run: bool = False) -> dict[str, Any]:
    """Stop the live version's service; what is live stays live, it only does not run."""
    found = driver(workspace, target)
    return found.show() if dry_run else found.stop()


def lines(told: dict[str, Any]) -> list[str]:
    """Tell in words what `show` tells in JSON."""
    live = told["live"]
    if live["empty"]:
        return [f"{told['target']}: nothing is live"]
    state = (
        "healthy" if told["healthy"] else "running, not healthy" if told["running"] else "stopped"
    )
    found = [
        f"{told['target']}: version {live['version']} is live, its service is {state}",
        f"  artifact  {told['artifact']} {live['artifact']}",
        f"  installed {live['installed']}",
    ]
    if told["running"]:
        found.append(f"  {told['url']} (pid {told['pid']})")
    if "vouched" in told:
        found.append(f"  {installed.told(told['vouched'])}")
    if not told["running"]:
        found.append(f"  start it: invoke target.start --target {told['target']}")
    return found
