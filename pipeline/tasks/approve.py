"""`approve`, `abandon`: what people decide about a release by name."""

from __future__ import annotations

from invoke.context import Context

from pipeline.tasks.common import command, needs, root, terminal


@command
def approve(
    _: Context,
    stage: str | None = None,
    reason: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Show the evidence and sign an approval of exactly that; --stage and --reason are needed."""
    from dataclasses import asdict

    from pipeline.flows import approve as flow
    from pipeline.operations.workspace import Workspace

    given = flow.approve(
        Workspace.open(root()),
        stage=needs("--stage", stage),
        ladder=ladder,
        release=release,
        reason=needs("--reason", reason),
        dry_run=dry_run,
    )
    screen = terminal(json=json)
    screen.say(given.text)
    done = f"approved by {given.approver} until {given.expires_at}: {given.digest}"
    screen.say(done if given.digest else "nothing was signed (--dry-run)")
    if json:
        screen.json(asdict(given))


@command
def abandon(
    _: Context,
    reason: str | None = None,
    ladder: str | None = None,
    release: str | None = None,
    dry_run: bool = False,
) -> None:
    """Give up a release that is stuck; its version stays claimed. --reason is needed."""
    from pipeline.flows import abandon as flow
    from pipeline.operations.workspace import Workspace

    given_up = flow.abandon(
        Workspace.open(root()),
        ladder=ladder,
        release=release,
        reason=needs("--reason", reason),
        dry_run=dry_run,
    )
    did = "would be abandoned" if dry_run else "is abandoned; its version stays claimed"
    if given_up.back_to is not None:
        was = "is live on {}, which would be" if dry_run else "was live on {}, which was"
        did += f"; it {was.format(given_up.target)} brought back to {given_up.back_to}"
    terminal().say(f"{given_up.run.context.version} {did}")


TASKS = (approve, abandon)
