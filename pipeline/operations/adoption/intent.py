"""What an adoption, or its undoing, is about to do: written durably before anything is touched.

Whether it happened is said by the ledger alone: its digest is the one from before, or the one from
after. The ledger's replacement is the commit point.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import pydantic

from pipeline.core.adoption.contract import SCHEMA as _REVIEW
from pipeline.core.canonical import Digest, MalformedError, canonical, load_canonical
from pipeline.core.ledger.entry import SetId
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText
from pipeline.edges.files import disk_errors, make_folder, sync_folder, write_atomically
from pipeline.edges.hashing import tree_manifest
from pipeline.errors import UntrustedError
from pipeline.operations.adoption.shelf import LEDGER, RELEASES, read

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.workspace import Workspace

SCHEMA = _REVIEW.replace("/review/", "/adoption-intent/")
FOLDER = "adoption"
"""Below the state folder: what is being adopted, and what was taken out."""
INTENT = "intent.json"
NEW = "new"
OLD = "old"
LEASE = "adoption"
"""The lease that is held while something changes `releases/`."""


class What(StrEnum):
    """What is about to happen."""

    ADOPT = "adopt"
    REVERT = "revert"


class Intent(Model):
    """One change of `releases/`: which release, and the ledger's digest before and after."""

    schema_id: Literal["https://release-ladder.readthedocs.io/schemas/adoption-intent/v1"] = (
        pydantic.Field(alias="schema")
    )
    what: What
    set: SetId
    before: DigestText | None
    after: DigestText | None
    tree: DigestText
    """The digest of the list of the release's files."""

    @classmethod
    def of(
        cls, what: What, artifact_set: str, ledgers: tuple[str | None, str | None], tree: Digest
    ) -> Intent:
        """Make an intent."""
        before, after = ledgers
        return cls.from_json(
            {
                "schema": SCHEMA,
                "what": what.value,
                "set": artifact_set,
                "before": before,
                "after": after,
                "tree": str(tree),
            }
        )


def place(workspace: Workspace) -> Path:
    """Return the folder in which adoptions are prepared."""
    return workspace.state / FOLDER


def declare(workspace: Workspace, intent: Intent) -> None:
    """Write the intent, durably."""
    make_folder(place(workspace))
    write_atomically(place(workspace) / INTENT, canonical(intent.to_dict()))


def withdraw(workspace: Workspace) -> None:
    """Remove the intent, durably: it was done, or undone."""
    folder = place(workspace)
    with disk_errors(folder):
        (folder / INTENT).unlink(missing_ok=True)
        sync_folder(folder)


def declared(workspace: Workspace) -> Intent | None:
    """Return the intent that lies there; one that cannot be read is 11."""
    path = place(workspace) / INTENT
    if not os.path.lexists(path):
        return None
    try:
        return Intent.from_json(load_canonical(read(path)))
    except MalformedError as error:
        raise UntrustedError(
            f"the note of an adoption that was cut off cannot be read: {error}",
            where=str(path),
            todo=f"see `git status {RELEASES}`; put it back as it was in git, then remove the note",
        ) from error


def tree_of(folder: Path) -> Digest:
    """Return the digest of the list of all files of a release's folder."""
    with disk_errors(folder):
        return tree_manifest(folder).digest


def ledger_digest(workspace: Workspace) -> str | None:
    """Return the digest of the ledger's file as it is now; `None`: there is none."""
    path = workspace.root / RELEASES / LEDGER
    return str(Digest.of(read(path))) if os.path.lexists(path) else None
