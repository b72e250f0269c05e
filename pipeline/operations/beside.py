"""What lies around the phase folders of a run: nothing but what replacing one may leave there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.core.release import Phase
from pipeline.edges.files import disk_errors
from pipeline.errors import UntrustedError
from pipeline.operations.workspace import EVIDENCE_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace

_REPLACED = re.compile(rf"\.({'|'.join(each.value for each in Phase)})\.[0-9a-f]{{16}}\.old")
"""How `edges.files.replace_folder` names what it moves away."""


def check_beside(workspace: Workspace, run: Run) -> None:
    """Refuse what lies beside the phase folders, and links or files on the way to them (11).

    A folder that was being replaced when promote was killed may be there: the next one sweeps it.
    """
    channel = workspace.evidence / run.context.channel
    folder = channel / run.context.run
    for path in (channel, folder):
        _need_folder(workspace, path)
    phases = {each.value for each in Phase}
    with disk_errors(folder):
        found = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in found:
        replaced = _REPLACED.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        if path.name not in phases and not replaced:
            raise UntrustedError(
                f"{path.name} was added to the evidence",
                where=_told(workspace, folder),
                todo="keep it as proof of the change, and move it away",
            )


def _need_folder(workspace: Workspace, path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UntrustedError(
            "something else stands in the place of an evidence folder",
            where=_told(workspace, path),
            todo="keep it as proof of the change; move it away to have the folder rebuilt",
        )


def _told(workspace: Workspace, path: Path) -> str:
    return f"{EVIDENCE_FOLDER}/{path.relative_to(workspace.evidence)}"
