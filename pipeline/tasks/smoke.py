"""`smoke`: a target's smoke checks, now."""

from __future__ import annotations

from invoke.context import Context

from pipeline.tasks.common import command, root, terminal

FAILED = 12


@command
def smoke(_: Context, target: str | None = None, json: bool = False) -> int:
    """Run a target's smoke checks against its live service; one that fails exits 12."""
    from pipeline.flows import smoke as flow
    from pipeline.operations.workspace import Workspace

    report = flow.smoke(Workspace.open(root()), target)
    screen = terminal(json=json)
    for line in report.lines():
        screen.say(line)
    if json:
        screen.json(report.to_dict())
    return 0 if report.ok else FAILED


TASKS = (smoke,)
