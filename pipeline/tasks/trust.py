"""`trust.show`, `.check`, `.approvals`: who counts as what; the approvals of a release."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context

from pipeline.tasks.common import command, root, terminal


@command
def show(_: Context, json: bool = False) -> None:
    """Show who counts as what, and since when."""
    from pipeline.flows import trust as flow
    from pipeline.operations.workspace import Workspace

    found = flow.show(Workspace.open(root()))
    screen = terminal(json=json)
    screen.say(f"trust: {found['kind']} ({found['digest']})")
    screen.say(f"what it signs is {found['origin_class']}; production {found['production']}")
    for key in found["keys"]:
        roles = ", ".join(key["roles"]) if key["roles"] is not None else "all roles"
        revoked = ", REVOKED" if key["revoked"] else ""
        screen.say(f"  {key['key_id']} {key['algorithm']}: {key['principal']}, {roles}{revoked}")
        screen.say(f"    valid from {key['valid_from']} until {key['valid_until']}")
    if not found["keys"]:
        screen.say("  no keys yet: the first `invoke promote` makes a local one")
    if json:
        screen.json(found)


@command
def check(_: Context, json: bool = False) -> None:
    """Check that every key which the trust configuration lists counts now."""
    from pipeline.flows import trust as flow
    from pipeline.operations.workspace import Workspace

    found = flow.check(Workspace.open(root()))
    screen = terminal(json=json)
    screen.say(f"{found['kind']} trust, {len(found['keys'])} keys: all that count are valid now")
    if json:
        screen.json(found)


@command
def approvals(
    _: Context, ladder: str | None = None, release: str | None = None, json: bool = False
) -> None:
    """Tell the signed approvals of a release."""
    from pipeline.flows import trust as flow
    from pipeline.operations.workspace import Workspace

    found = flow.approvals(Workspace.open(root()), ladder=ladder, release=release)
    screen = terminal(json=json)
    for item in found["approvals"]:
        screen.say(f"{item['stage']}: {item['approver']} ({item['principal']}): {item['reason']}")
        screen.say(f"  {item['digest']}, until {item['expires_at']}")
    screen.say(f"{len(found['approvals'])} signed approvals of {found['release']}")
    if json:
        screen.json(found)


ns = Collection("trust", show, check, approvals)
