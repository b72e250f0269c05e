"""`hold`: stops all promotion to a target by name, and lets it go on again."""

from __future__ import annotations

from invoke.context import Context

from pipeline.tasks.common import command, needs, root, terminal

NO_REASON = "no reason was given"


@command
def hold(
    _: Context,
    target: str | None = None,
    reason: str | None = None,
    lift: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Stop all promotion to a target, by name; --lift ends that. --reason is needed to hold."""
    from pipeline.core.predicates.hold import Action
    from pipeline.flows import hold as flow
    from pipeline.operations.workspace import Workspace

    done = flow.hold(
        Workspace.open(root()),
        target=needs("--target", target),
        action=Action.LIFT if lift else Action.HOLD,
        reason=(reason or NO_REASON) if lift else needs("--reason", reason),
        dry_run=dry_run,
    )
    said = done.said
    would = "would be " if dry_run else "is "
    if lift:
        words = f"{said.target} {would}no longer held; lifted by {said.actor}: {said.reason}"
    else:
        words = f"{said.target} {would}held by {said.actor}: {said.reason}\nlift it: {said.command}"
    screen = terminal(json=json)
    screen.say(words)
    if json:
        screen.json(said.to_dict() | {"digest": done.digest})


TASKS = (hold,)
