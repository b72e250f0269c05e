"""`verify`: everything recorded for a release, evidence from elsewhere, or one Sigstore bundle."""

from __future__ import annotations

from pathlib import Path

from invoke.context import Context

from pipeline.tasks.common import command, needs, root, root_or_none, terminal


@command
def verify(
    _: Context,
    ladder: str | None = None,
    release: str | None = None,
    evidence: str | None = None,
    key: str | None = None,
    bundle: str | None = None,
    artifact: str | None = None,
    json: bool = False,
) -> None:
    """Verify everything recorded for a release, offline; or --evidence DIR; or one --bundle FILE.

    A bundle wants --artifact (a file, or sha256:HEX) and --key PEM.
    """
    from pipeline.flows import verify as flow
    from pipeline.operations.workspace import Workspace

    screen = terminal(json=json)
    public = Path(key) if key else None
    if bundle:
        pem = Path(needs("--key", key))
        found = flow.verify_one(Path(bundle), needs("--artifact", artifact), pem)
        screen.say(f"verified: {found['type']} about {found['artifact']}, key {found['key']}")
    elif evidence:
        project = root_or_none()
        workspace = Workspace.open(project) if project and not public else None
        found = flow.verify_folder(Path(evidence), workspace, public)
        for item in found["folders"]:
            closed = "closed" if item["closed"] else "not closed yet"
            stages = ", ".join(f"{stage['id']} {stage['verdict']}" for stage in item["stages"])
            screen.say(f"the evidence is intact: {item['folder']} ({item['phase']}, {closed})")
            screen.say(f"  release {item['release']}: {stages}")
            screen.say(f"  {item['files']} files, {item['statements']} signed statements")
    else:
        found = flow.verify(Workspace.open(root()), ladder=ladder, release=release)
        for item in found["runs"]:
            where = f"{item['release']} on {item['ladder']} (run {item['run']})"
            screen.say(f"the evidence is intact: {where}")
            passed = [stage for stage, how in item["stages"].items() if how == "passed"]
            screen.say(f"  {len(passed)} of {len(item['stages'])} stages passed")
            for stage, how in item["stages"].items():
                if how != "passed":
                    screen.say(f"  {stage}: {how}")
            counts = f"{item['attempts']} attempts, {item['statements']} signed statements"
            screen.say(f"  {counts}, {item['files']} files, {item['seals']} signed heads")
            for folder in item["folders"]:
                screen.say(f"  {folder}")
    if json:
        screen.json(found)


TASKS = (verify,)
