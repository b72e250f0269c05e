"""`verify`: everything recorded for a release, evidence from elsewhere, or one Sigstore bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from invoke.context import Context

from pipeline.tasks.common import command, needs, refuse_with, root, root_or_none, terminal

if TYPE_CHECKING:
    from pipeline.edges.terminal import Terminal


@command
def verify(  # noqa: PLR0917 - Invoke's options are positional parameters
    _: Context,
    ladder: str | None = None,
    release: str | None = None,
    evidence: str | None = None,
    key: str | None = None,
    bundle: str | None = None,
    artifact: str | None = None,
    identity: str | None = None,
    issuer: str | None = None,
    trusted_root: str | None = None,
    json: bool = False,
) -> None:
    """Verify everything recorded for a release, offline; or --evidence DIR; or one --bundle FILE.

    A bundle wants --artifact (a file, or sha256:HEX) and --key PEM, or --identity and --issuer of
    a keyless signer with, if it is not the public one, --trusted-root FILE.
    """
    from pipeline.flows import verify as flow
    from pipeline.operations.workspace import Workspace

    screen = terminal(json=json)
    public = None if key is None else Path(key)
    about_one = Bundle(bundle, artifact, key, identity, issuer, trusted_root)
    if bundle is not None:
        refuse_with("--bundle", {"ladder": ladder, "release": release, "evidence": evidence})
        found = _one(screen, about_one)
    elif evidence is not None:
        refuse_with("--evidence", {"ladder": ladder, "release": release})
        _refuse_without_bundle(about_one)
        project = root_or_none()
        workspace = Workspace.open(project) if project and not public else None
        found = flow.verify_folder(Path(evidence), workspace, public)
        _say_folders(screen, found)
    else:
        _refuse_without_bundle(about_one)
        found = flow.verify(Workspace.open(root()), ladder=ladder, release=release)
        _say_runs(screen, found)
    if json:
        screen.json(found)


class Bundle(NamedTuple):
    """The options that are about one bundle, as they were given."""

    bundle: str | None
    artifact: str | None
    key: str | None
    identity: str | None
    issuer: str | None
    trusted_root: str | None


def _refuse_without_bundle(given: Bundle) -> None:
    others = given._asdict()
    for name in ("artifact", "identity", "issuer", "trusted_root"):
        if others[name] is not None:
            needs("--bundle", None)


def _one(screen: Terminal, given: Bundle) -> dict[str, Any]:
    from pipeline.flows import verify as flow

    bundle = Path(needs("--bundle", given.bundle))
    artifact = needs("--artifact", given.artifact)
    named = given.trusted_root
    trusted_root = None if named is None else Path(needs("--trusted-root", named))
    if given.key is not None:
        refuse_with("--key", {"identity": given.identity, "issuer": given.issuer})
        pem = Path(needs("--key", given.key))
        found = flow.verify_one(bundle, artifact, pem, trusted_root)
        screen.say(f"verified: {found['type']} about {found['artifact']}, key {found['key']}")
        _say_root(screen, found["trusted_root"])
        return found
    if given.identity is None and given.issuer is None:
        needs("--key PEM, or --identity and --issuer,", None)
    found = flow.verify_one_keyless(
        bundle,
        artifact,
        identity=needs("--identity", given.identity),
        issuer=needs("--issuer", given.issuer),
        trusted_root=trusted_root,
        project=root_or_none(),
    )
    screen.say(f"verified: {found['type']} about {found['artifact']}")
    screen.say(f"  signed by {found['identity']}, whom {found['issuer']} vouches for")
    _say_root(screen, found["trusted_root"])
    return found


def _say_root(screen: Terminal, used: dict[str, str] | None) -> None:
    if used is None:
        screen.say("  no trusted root given: log entries were not looked at, the key is all")
    else:
        screen.say(f"  trusted root: {used['name']} ({used['digest']})")


def _say_folders(screen: Terminal, found: dict[str, Any]) -> None:
    for item in found.get("releases", ()):
        numbers = item["objects"]
        screen.say(f"the adopted release is intact: {item['set']} ({item['id']})")
        screen.say(f"  {item['release']} on {item['target']}, adopted by {item['adopter']}")
        screen.say(f"  objects {numbers['first']} to {numbers['last']}, {item['records']} records")
        screen.say(f"  {item['origin_class']}")
    if "entries" in found:
        entries, free = found["entries"], found["next_free"]
        screen.say(f"the ledger is intact: {entries} adopted, next free object number {free}")
    for item in found.get("folders", ()):
        closed = "closed" if item["closed"] else "not closed yet"
        stages = ", ".join(f"{stage['id']} {stage['verdict']}" for stage in item["stages"])
        screen.say(f"the evidence is intact: {item['folder']} ({item['phase']}, {closed})")
        screen.say(f"  release {item['release']}: {stages}")
        screen.say(f"  {item['files']} files, {item['statements']} signed statements")


def _say_runs(screen: Terminal, found: dict[str, Any]) -> None:
    for item in found["runs"]:
        where = f"{item['release']} on {item['ladder']} (run {item['run']})"
        screen.say(f"the evidence is intact: {where}")
        reason = f": {item['abandoned']}" if item["abandoned"] else ""
        screen.say(f"  {item['state']}{reason}")
        passed = [stage for stage, how in item["stages"].items() if how == "passed"]
        screen.say(f"  {len(passed)} of {len(item['stages'])} stages passed")
        for stage, how in item["stages"].items():
            if how != "passed":
                screen.say(f"  {stage}: {how}")
        counts = f"{item['attempts']} attempts, {item['statements']} signed statements"
        screen.say(f"  {counts}, {item['files']} files, {item['seals']} signed heads")
        for folder in item["folders"]:
            screen.say(f"  {folder}")


TASKS = (verify,)
