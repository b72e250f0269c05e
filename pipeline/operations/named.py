"""Targets by the name that a person typed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.errors import WrongUsageError

if TYPE_CHECKING:
    from pipeline.core.config import TargetConfig
    from pipeline.operations.workspace import Workspace


def target_named(workspace: Workspace, target: str | None) -> TargetConfig:
    """Return a target's configuration, the default ladder's target without a name.

    `WrongUsageError` for one that is not configured, with the nearest one that is.
    """
    targets = workspace.configuration.targets
    wanted = target or workspace.ladder().target
    if wanted not in targets:
        near = get_close_matches(wanted, targets, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise WrongUsageError(
            f"there is no target {wanted!r}{hint}",
            where="config/targets/",
            todo=f"targets are: {', '.join(sorted(targets))}",
        )
    return targets[wanted]
