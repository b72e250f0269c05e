"""Verifying what is recorded for a release, or a bundle from elsewhere: offline, read only."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges.hashing import sha256_file
from pipeline.edges.keyless import MESSAGE, verify_keyless
from pipeline.edges.keyless_key import check_logged
from pipeline.edges.keyless_root import Root, find_root, read_upto
from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations import standalone
from pipeline.operations.adoption.key_trust import adopted_entry
from pipeline.operations.adoption.verifying import (
    is_shelf,
    verify_all,
    verify_release,
)
from pipeline.operations.history import Run, find
from pipeline.operations.identify import identify
from pipeline.operations.recorded import Counted, check_run
from pipeline.proof.keys import MAX_PEM, PublicKey
from pipeline.proof.refused import RefusedError
from pipeline.proof.sigstore_bundle import MAX_BUNDLE
from pipeline.proof.verify import verify_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.operations.workspace import Workspace

INTACT = "intact"
"""The word for evidence that is as it was signed; a failed release can have it, too."""
_WORST = ("abandoned", "failed", "climbing", "proven")


def verify(workspace: Workspace, *, ladder: str | None, release: str | None) -> dict[str, Any]:
    """Verify every run of a release: on one ladder, or on all that have one.

    Nothing recorded is a failure (11): what is not there proves nothing. `verdict` and `evidence`
    are about the evidence; `release` is the worst word for how the release stands on a ladder:
    abandoned, failed, climbing or proven.
    """
    names = [ladder] if ladder else sorted(workspace.configuration.ladders)
    checked = []
    for name in names:
        mine = workspace.ladder(name)
        run = find(workspace, identify(workspace, mine, release))
        if run is not None and run.context.ladder == mine.ladder and run.journal.entries:
            counted = check_run(workspace, run, mine)
            told = {"ladder": mine.ladder, "release": run.context.version, "run": run.context.run}
            checked.append(told | {"evidence": INTACT} | _stands(run, counted) | asdict(counted))
    if not checked:
        raise UntrustedError(
            "nothing is recorded for this release",
            where=f"ladders: {', '.join(names)}",
            todo="climb first: `invoke promote`, or name a release with --release",
        )
    return {
        "verdict": INTACT,
        "evidence": INTACT,
        "release": next(word for word in _WORST if any(run["state"] == word for run in checked)),
        "runs": checked,
    }


def _stands(run: Run, counted: Counted) -> dict[str, str | None]:
    """Say how the release stands, which intact evidence alone says nothing about."""
    given_up = run.journal.abandoned
    states = set(counted.stages.values())
    state = "proven" if states == {"passed"} else "failed" if "failed" in states else "climbing"
    return {
        "state": "abandoned" if given_up else state,
        "abandoned": str(given_up.inputs.get("reason")) if given_up else None,
    }


def verify_folder(folder: Path, workspace: Workspace | None, key: Path | None) -> dict[str, Any]:
    """Verify evidence from elsewhere, alone: a phase folder, or the folder of a run with phases.

    This project's `releases/` is verified as a whole, an adopted release with all that it lists;
    its evidence is believed from the keys that were adopted with it, unless a key is given.
    """
    if workspace is not None and key is None:
        if is_shelf(workspace, folder):
            return {"verdict": INTACT, "evidence": INTACT, **verify_all(workspace)}
        adopted = adopted_entry(workspace.root, folder)
        if adopted is not None:
            release = verify_release(workspace, adopted)
            if folder.resolve().name == adopted.set:
                return {"verdict": INTACT, "evidence": INTACT, "releases": [release.told]}
    trust = standalone.trust_of(workspace, key, folder)
    folders = standalone.phase_folders(folder)
    found = [standalone.check_folder(each, trust) for each in folders]
    if len({item["run"] for item in found}) > 1:
        raise UntrustedError(
            "the phases are of different runs", where=str(folder), todo=standalone.TODO
        )
    return {"verdict": INTACT, "evidence": INTACT, "folders": found}


def verify_one(
    bundle: Path, artifact: str, key: Path, trusted_root: Path | None = None
) -> dict[str, Any]:
    """Verify one Sigstore bundle about an artifact (a file, or `sha256:HEX`) with a key.

    With a trusted root the bundle must be logged too, in a log of that root; without one, log
    entries are not looked at: the key is the only root.
    """
    data, digest = _given(bundle, artifact)
    try:
        pem = read_upto(key, MAX_PEM)
        public = PublicKey.from_pem(pem)
    except (OSError, MalformedError) as error:
        raise WrongUsageError(
            f"--key is no public key in PEM: {error}", where=str(key), todo="name a PEM file"
        ) from error
    root = _trusted_root(trusted_root, None) if trusted_root else None
    with _refusing("the bundle", bundle):
        found = verify_foreign(data, pem, digest)
        if root is not None:
            check_logged(data, root, public, digest)
    statement = getattr(found, "statement", None)
    return {
        "verdict": "passed",
        "artifact": str(digest),
        "type": statement.predicate_type if statement else MESSAGE,
        "key": str(found.key_id),
        "trusted_root": _told(root) if root else None,
    }


def verify_one_keyless(
    bundle: Path,
    artifact: str,
    *,
    identity: str,
    issuer: str,
    trusted_root: Path | None,
    project: Path | None,
) -> dict[str, Any]:
    """Verify one keyless Sigstore bundle about an artifact, by exactly this signer, offline.

    Which trusted root counts is said by `edges.keyless_root.find_root`.
    """
    data, digest = _given(bundle, artifact)
    root = _trusted_root(trusted_root, project)
    with _refusing("the bundle", bundle):
        found = verify_keyless(data, root, artifact=digest, identity=identity, issuer=issuer)
    return {
        "verdict": "passed",
        "artifact": str(digest),
        "type": found.kind,
        "identity": found.identity,
        "issuer": found.issuer,
        "trusted_root": _told(root),
    }


def _told(root: Root) -> dict[str, str]:
    return {"name": root.name, "digest": str(root.digest)}


def _given(bundle: Path, artifact: str) -> tuple[bytes, Digest]:
    """Return the bundle's bytes (enough to refuse a large one) and the artifact's digest."""
    try:
        digest = Digest.parse(artifact) if artifact.startswith("sha256:") else None
        return read_upto(bundle, MAX_BUNDLE), digest or sha256_file(artifact)
    except (OSError, MalformedError) as error:
        raise WrongUsageError(
            f"cannot be read: {error}", where="--bundle, --artifact", todo="name files"
        ) from error


def _trusted_root(named: Path | None, project: Path | None) -> Root:
    where = named or project or "sigstore-python"
    try:
        with _refusing("the trusted root", where):
            return find_root(named, project)
    except OSError as error:
        raise WrongUsageError(
            f"the trusted root cannot be read: {error}",
            where=str(where),
            todo="name a trusted_root.json with --trusted-root",
        ) from error


@contextlib.contextmanager
def _refusing(what: str, where: Path | str) -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        raise UntrustedError(
            f"{what} is refused: {error}", where=str(where), todo=standalone.TODO
        ) from error
