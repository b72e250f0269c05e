"""`target.start`, `.stop`, `.show`: the service of a local target."""

from __future__ import annotations

from typing import Any

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command, root, terminal


@command
def show(_: Context, target: str | None = None, json: bool = False) -> None:
    """Tell what is live on a target, and whether its service runs."""
    from pipeline.flows import targets
    from pipeline.operations.workspace import Workspace

    _tell(targets.show(Workspace.open(root()), target), json=json)


@command
def start(_: Context, target: str | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Start the live version's service, as after a reboot; what is installed is measured first."""
    from pipeline.flows import targets
    from pipeline.operations.workspace import Workspace

    _tell(targets.start(Workspace.open(root()), target, dry_run=dry_run), json=json)


@command
def stop(_: Context, target: str | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Stop the live version's service; it stays the live version."""
    from pipeline.flows import targets
    from pipeline.operations.workspace import Workspace

    _tell(targets.stop(Workspace.open(root()), target, dry_run=dry_run), json=json)


def _tell(told: dict[str, Any], *, json: bool) -> None:
    from pipeline.flows import targets

    screen = terminal(json=json)
    for line in targets.lines(told):
        screen.say(line)
    if json:
        screen.json(told)


ns = Collection("target", show, start, stop)
