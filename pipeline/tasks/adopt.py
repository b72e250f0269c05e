"""`adopt`: review what a run left, take it into `releases/`, take it out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context

from pipeline.errors import WrongUsageError, counted
from pipeline.tasks.common import command, needs, root, terminal

if TYPE_CHECKING:
    from pipeline.edges.terminal import Terminal
    from pipeline.flows.adopt import Done, Reviewing
    from pipeline.operations.workspace import Workspace


@command
def adopt(
    _: Context,
    from_: str | None = None,
    review: str | None = None,
    adopter: str | None = None,
    reference: str | None = None,
    revert: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Write a review contract (--from), apply a reviewed one (--review), undo one (--revert).

    --review wants --adopter and --reference too. --revert takes the newest adoption alone.
    """
    from pipeline.operations.workspace import Workspace

    given = {"--from": from_, "--review": review, "--revert": revert}
    chosen = [name for name, value in given.items() if value is not None]
    if len(chosen) != 1:
        raise WrongUsageError(
            f"exactly one of {', '.join(given)} is needed",
            where="the command line",
            todo="begin with `invoke adopt --from DIR`; see --help",
        )
    for name, value in (("--adopter", adopter), ("--reference", reference)):
        if value is not None and review is None:
            raise WrongUsageError(
                f"{name} goes with --review alone",
                where="the command line",
                todo="give it when you apply the contract",
            )
    screen, workspace = terminal(json=json), Workspace.open(root())
    told = _do(screen, workspace, given, (adopter, reference), dry_run=dry_run)
    if json:
        screen.json(told)


def _do(
    screen: Terminal,
    workspace: Workspace,
    given: dict[str, str | None],
    who: tuple[str | None, str | None],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    from dataclasses import asdict

    from pipeline.flows import adopt as flow

    if given["--from"] is not None:
        folder = Path(needs("--from", given["--from"]))
        found = flow.review(workspace, folder, dry_run=dry_run)
        _say_review(screen, found)
        return {
            "contract": found.contract.to_dict(),
            "path": found.path,
            "holds": list(found.holds),
        }
    if given["--review"] is not None:
        done = flow.apply(
            workspace,
            Path(needs("--review", given["--review"])),
            adopter=needs("--adopter", who[0]),
            reference=needs("--reference", who[1]),
            dry_run=dry_run,
        )
        _say_applied(screen, done)
    else:
        done = flow.revert(workspace, needs("--revert", given["--revert"]), dry_run=dry_run)
        did = "would be undone" if dry_run else "was undone: releases/ is as it was before"
        screen.say(f"{done.id} ({done.set}) {did}")
    return asdict(done)


def _say_review(screen: Terminal, found: Reviewing) -> None:
    contract = found.contract
    screen.say(f"review contract of {contract.set}")
    screen.say(f"  release    {contract.version} on {contract.target}, from {contract.channel}")
    screen.say(f"  commit     {contract.source_revision}")
    screen.say(f"  evidence   {contract.origin_class.value}, intact")
    for source in contract.sources:
        state = "closed" if source.closed else "NOT CLOSED"
        screen.say(f"  bundle     {source.path}: {source.files} files, {state}")
    for artifact in contract.artifacts:
        screen.say(f"  artifact   {artifact.name}  {artifact.digest}")
    for record in contract.records:
        note = "" if record.adopted else "  (stays in the bundle: the policy does not adopt it)"
        screen.say(f"  record     {record.phase.value} {record.family}  {record.digest}{note}")
    for key in contract.keys:
        screen.say(f"  key        {key.key_id} ({key.principal})")
    screen.say(f"  policies   {contract.policies_status.value}: {contract.current_policies} now")
    for then in contract.source_policies:
        if then != contract.current_policies:
            screen.say(f"             {then} when the records were made")
    screen.say(f"  ledger     objects from {contract.ledger.next_free} on")
    screen.say(f"  contract   {contract.contract_hash}")
    for hold in found.holds:
        screen.say(f"  HELD       {hold}")
    if found.path is None:
        screen.say("nothing was written (--dry-run)")
        return
    screen.say(f"written to {found.path}")
    if not found.holds:
        screen.say("when it has been reviewed:")
        screen.say(f"  invoke adopt --review {found.path} --adopter WHO --reference REF")


def _say_applied(screen: Terminal, done: Done) -> None:
    if done.dry_run:
        screen.say(f"{done.set} would be adopted as {done.id}, objects from {done.first} on")
        return
    screen.say(f"{done.set} is adopted as {done.id}, objects {done.first} to {done.last}")
    force = "--force " if done.overlooked else ""
    if done.overlooked:
        some = ", ".join(done.overlooked[:3])
        screen.say(f"git ignores {counted(len(done.overlooked), 'file')} of it: {some}")
    screen.say(f"check it in: git add {force}releases && git commit -m 'Adopt {done.set}'")
    screen.say(f"  verify it: invoke verify --evidence {done.folder}")
    screen.say(f"  undo it:   invoke adopt --revert {done.id}")


TASKS = (adopt,)
