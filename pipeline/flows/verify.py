"""Verifying what is recorded for a release, or a bundle from elsewhere: offline, read only."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges.hashing import sha256_file
from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations import standalone
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.recorded import check_run
from pipeline.proof.keys import PublicKey
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_foreign

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.workspace import Workspace


def verify(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Verify every run of a release: on one ladder, or on all that have one.

    Nothing recorded is a failure (11): what is not there proves nothing.
    """
    names = [ladder] if ladder else sorted(workspace.configuration.ladders)
    checked = []
    for name in names:
        mine = workspace.ladder(name)
        run = find(workspace, identify(workspace, mine, release))
        if run is not None and run.context.ladder == mine.ladder and run.journal.entries:
            counted = check_run(workspace, run, mine)
            told = {"ladder": mine.ladder, "release": run.context.version, "run": run.context.run}
            checked.append(told | asdict(counted))
    if not checked:
        raise UntrustedError(
            "nothing is recorded for this release",
            where=f"ladders: {', '.join(names)}",
            todo="climb first: `invoke promote`, or name a release with --release",
        )
    return {"verdict": "passed", "runs": checked}


def verify_folder(folder: Path, workspace: Workspace | None, key: Path | None) -> dict[str, Any]:
    """Verify evidence from elsewhere, alone: a phase folder, or the folder of a run with phases."""
    trust = standalone.trust_of(workspace, key)
    folders = standalone.phase_folders(folder)
    found = [standalone.check_folder(each, trust) for each in folders]
    if len({item["run"] for item in found}) > 1:
        raise UntrustedError(
            "the phases are of different runs", where=str(folder), todo=standalone.TODO
        )
    return {"verdict": "passed", "folders": found}


def verify_one(bundle: Path, artifact: str, key: Path) -> dict[str, Any]:
    """Verify one Sigstore bundle about an artifact (a file, or `sha256:HEX`) with a key."""
    try:
        digest = Digest.parse(artifact) if artifact.startswith("sha256:") else None
        digest = digest or sha256_file(artifact)
        data, pem = bundle.read_bytes(), key.read_bytes()
    except (OSError, MalformedError) as error:
        raise WrongUsageError(
            f"cannot be read: {error}", where="--bundle, --artifact, --key", todo="name files"
        ) from error
    try:
        PublicKey.from_pem(pem)
    except MalformedError as error:
        raise WrongUsageError(
            f"--key is no public key in PEM: {error}", where=str(key), todo="name a PEM file"
        ) from error
    try:
        found = verify_foreign(data, pem, digest)
    except RefusedError as error:
        raise UntrustedError(
            f"the bundle is refused: {error}", where=str(bundle), todo=standalone.TODO
        ) from error
    statement = getattr(found, "statement", None)
    kind = statement.predicate_type if statement else "message signature"
    return {"verdict": "passed", "artifact": str(digest), "type": kind, "key": str(found.key_id)}
