"""`posture`: what every target is ready for, computed from verified records."""

from __future__ import annotations

from invoke.context import Context

from pipeline.tasks.common import command, root, terminal


@command
def posture(
    _: Context, release: str | None = None, fresh: bool = False, json: bool = False
) -> None:
    """Tell the posture of every target; with `--fresh`, nothing remembered is used for it."""
    from pipeline.edges.terminal.counts import count_lines
    from pipeline.flows import posture as flow
    from pipeline.operations.workspace import Workspace

    found = flow.posture(Workspace.open(root()), release=release, fresh=fresh)
    screen = terminal(json=json)
    for entry in found["targets"]:
        screen.ladder(entry)
    for line in count_lines(found):
        screen.say(line)
    if json:
        screen.json(found)


TASKS = (posture,)
