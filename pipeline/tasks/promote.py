"""`promote`, `plan`, `status`, `why`: climbing, and telling how far."""

from __future__ import annotations

from invoke.context import Context

from pipeline.tasks.common import command, needs, refuse_with, root, terminal


@command
def promote(
    _: Context,
    stage: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> int:
    """Climb the ladder: up to and including --stage; without it, the next stage."""
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
        if json:
            screen.json(planned.to_dict())
        return planned.exit_code
    ask = flow.Ask(ladder=ladder, release=release, stage=stage)
    with screen.progress() as watch:
        done = flow.promote(workspace, ask, HostRunner(workspace.root), watch)
    told = status_flow.status(workspace, ladder=ladder, release=done.run.context.version)
    screen.promoted(told, list(done.did), done.notes())
    if json:
        screen.json(told | {"did": list(done.did), "url": done.url})
    return 0


@command
def plan(
    _: Context,
    stage: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    json: bool = False,
) -> None:
    """Tell what `promote` would do next and why, without doing it."""
    from pipeline.flows import plan as flow
    from pipeline.operations.workspace import Workspace

    planned = flow.plan(Workspace.open(root()), ladder=ladder, release=release, stage=stage)
    screen = terminal(json=json)
    screen.plan(planned.to_dict())
    if json:
        screen.json(planned.to_dict())


@command
def status(
    _: Context, ladder: str | None = None, release: str | None = None, json: bool = False
) -> None:
    """Tell how the ladder stands: each stage done, next, held or failed."""
    from pipeline.flows import status as flow
    from pipeline.operations.workspace import Workspace

    found = flow.status(Workspace.open(root()), ladder=ladder, release=release)
    screen = terminal(json=json)
    screen.ladder(found)
    if json:
        screen.json(found)


@command
def why(
    _: Context,
    stage: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    replay: str | None = None,
    json: bool = False,
) -> None:
    """Tell every finding for and against a stage, the evidence, and what clears each blocker."""
    from pipeline.flows import why as flow
    from pipeline.operations.workspace import Workspace

    if replay is not None:
        refuse_with("--replay", {"stage": stage, "ladder": ladder, "release": release})
        _replayed(replay, json=json)
        return
    found = flow.why(
        Workspace.open(root()), stage=needs("--stage", stage), ladder=ladder, release=release
    )
    screen = terminal(json=json)
    screen.why(found)
    if json:
        screen.json(found)


def _replayed(file: str, *, json: bool) -> None:
    from pathlib import Path

    from pipeline.flows import replay as flow
    from pipeline.operations.workspace import Workspace

    found = flow.replay(Workspace.open(root()), Path(file))
    screen = terminal(json=json)
    screen.replayed(found)
    if json:
        screen.json(found)


TASKS = (promote, plan, status, why)
