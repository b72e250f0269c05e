"""How an evidence folder differs from what was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core import bundle
from pipeline.core.canonical import Digest, HashManifest, MalformedError
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import empty_folders, tree_manifest
from pipeline.errors import UntrustedError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.history import Run, Seal


def files_of(folder: Path) -> dict[str, Digest]:
    """Return path → digest of all files of an evidence folder; a link to one is no folder (11)."""
    if folder.is_symlink() or not folder.is_dir():
        raise UntrustedError(
            "something else stands in the place of an evidence folder",
            where=str(folder),
            todo="keep it as proof of the change; move it away to have the folder rebuilt",
        )
    with disk_errors(folder):
        return tree_manifest(folder).as_dict()


def refuse_empty(folder: Path) -> None:
    """Refuse an empty folder inside an evidence folder (11): a list of files does not show it."""
    with disk_errors(folder):
        found = empty_folders(folder)
    if found:
        raise UntrustedError(
            f"{found[0]}/ was added: an empty folder is no evidence",
            where=str(folder),
            todo="find out who put it there, and move it away",
        )


def as_sealed_before(run: Run, folder: Path, there: dict[str, Digest]) -> Seal | None:
    """Return the seal that a folder is exactly as of, if there is one."""
    try:
        manifest = HashManifest.parse((folder / bundle.HASH_MANIFEST).read_bytes())
    except (OSError, MalformedError):
        return None
    for seal in run.seals:
        if seal.manifest == manifest.digest:
            wanted = {
                **manifest.as_dict(),
                bundle.HASH_MANIFEST: manifest.digest,
                bundle.PACKET_TREE: Digest.of(bundle.packet_tree(manifest)),
                bundle.SEAL: Digest.of(seal.bundle),
            }
            return seal if there == wanted else None
    return None


def differences(there: dict[str, Digest], wanted: dict[str, Digest]) -> str:
    """Say in a few words how a folder differs from what is wanted."""
    if not wanted:
        return "it is as no seal says"
    changed = sorted(name for name in there.keys() & wanted.keys() if there[name] != wanted[name])
    words = [f"{name} changed" for name in changed]
    words += [f"{name} missing" for name in sorted(wanted.keys() - there.keys())]
    words += [f"{name} added" for name in sorted(there.keys() - wanted.keys())]
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")  # noqa: PLR2004
