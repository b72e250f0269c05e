"""Before a climb: what a kill left half done is swept, and changed evidence folders are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.journal import Status
from pipeline.edges.files import keep_out_of_git, remove_tree
from pipeline.errors import ConflictError
from pipeline.operations import phase
from pipeline.operations.beside import check_beside
from pipeline.operations.recorded import check_facts

if TYPE_CHECKING:
    from pipeline.operations.climb import Climb


def tidy(climb: Climb) -> None:
    """Refuse an abandoned release (14), changed or added evidence (11); sweep private folders."""
    given_up = climb.run.journal.abandoned
    if given_up is not None and given_up.status is Status.ABANDONED:
        raise ConflictError(
            f"{climb.run.context.version} was abandoned: {given_up.inputs.get('reason')}",
            where=climb.run.where,
            todo="its version stays claimed; release a new version",
        )
    check_facts(climb.workspace, climb.run, climb.ladder)
    check_beside(climb.workspace, climb.run)
    for each in climb.ladder.phases():
        phase.inspect(climb.workspace, climb.run, climb.ladder, each)
        folder = phase.folder_of(climb.workspace, climb.run, each)
        for replaced in folder.parent.glob(f".{folder.name}.*.old"):
            remove_tree(replaced)
    state = climb.workspace.state
    remove_tree(state / "work" / climb.run.context.run)
    keep_out_of_git(state)
    if climb.workspace.evidence.is_dir():  # else it is told when the first view is written
        keep_out_of_git(climb.workspace.evidence)
