"""`invoke promote`, `plan`, `status`, `why`: climbing, and telling how far."""

from __future__ import annotations

from typing import Any

import invoke

from pipeline.tasks.common import command, root, terminal


@command
def promote(
    _: invoke.Context,
    stage: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> int:
    """Climb the ladder: up to and including --stage, or just the next stage."""
    from pipeline.flows import plan as plan_flow
    from pipeline.flows import promote as flow
    from pipeline.flows import status as status_flow
    from pipeline.operations.workspace import Workspace
    from pipeline.tasks.host import HostRunner

    screen = terminal(json=json)
    workspace = Workspace.open(root())
    if dry_run:
        planned = plan_flow.plan(workspace, ladder=ladder, release=release, stage=stage)
        screen.plan(planned.to_dict())
        return planned.exit_code
    ask = flow.Ask(ladder=ladder, release=release, stage=stage)
    with screen.progress() as watch:
        done = flow.promote(workspace, ask, HostRunner(workspace.root), watch)
    told = status_flow.status(workspace, ladder=ladder, release=done.run.context.version)
    screen.promoted(told, list(done.did))
    return 0


TASKS: tuple[invoke.Task[Any], ...] = (promote,)
