"""`invoke doctor`: what is missing on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.tasks.common import command, root, terminal

if TYPE_CHECKING:
    from invoke.context import Context

HELD = 10
"""The exit code for: something is missing."""


@command
def doctor(_: Context, json: bool = False) -> int:
    """Tell what is missing on this machine for the project's ladders, and what adds it."""
    from pipeline.flows import doctor as flow

    screen = terminal(json=json)
    report = flow.doctor(root())
    if json:
        screen.json(report.to_dict())
    else:
        screen.say("\n".join(report.lines()))
    return 0 if report.ok else HELD


TASKS = (doctor,)
