"""`invoke reproduce` and `invoke compare`: the same again, or else what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import WrongUsageError
from pipeline.tasks.common import command, root, terminal

if TYPE_CHECKING:
    from invoke.context import Context

DIFFERENT = 11
"""The exit code for: the record was not found again."""


@command
def reproduce(
    _: Context,
    stage: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    evidence: str | None = None,
    key: str | None = None,
    json: bool = False,
) -> int:
    """Look at a recorded stage again, in a scratch workspace, and compare with the record."""
    from pipeline.flows import reproduce as flow
    from pipeline.operations.workspace import Workspace
    from pipeline.tasks.host import HostRunner

    if not stage:
        todo = "name one by id or alias: `invoke reproduce --stage STAGE`"
        raise WrongUsageError("no stage was named", where="--stage", todo=todo)
    screen = terminal(json=json)
    workspace = Workspace.open(root())
    ask = flow.Ask(
        stage=stage,
        ladder=ladder,
        release=release,
        evidence=Path(evidence) if evidence else None,
        key=Path(key) if key else None,
    )
    with screen.progress(prefix="scratch: ") as watch:
        report = flow.reproduce(workspace, ask, HostRunner(workspace.root), watch)
    if json:
        screen.json(report.to_dict())
    else:
        screen.say("\n".join(report.lines()))
    return 0 if report.equal else DIFFERENT


@command
def compare(
    _: Context, left: str | None = None, right: str | None = None, json: bool = False
) -> int:
    """Compare two runs' evidence folders, field by field, by the rule of equality."""
    from pipeline.flows import compare as flow

    if not left or not right:
        todo = "name two: `invoke compare --left DIR --right DIR`"
        raise WrongUsageError("two folders are compared", where="--left, --right", todo=todo)
    screen = terminal(json=json)
    report = flow.compare(Path(left), Path(right))
    if json:
        screen.json(report.to_dict())
    else:
        screen.say("\n".join(report.lines()))
    return 0 if report.equal else DIFFERENT


TASKS = (reproduce, compare)
