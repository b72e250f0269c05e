"""Whether what was smoked is what was deployed: two signed statements about one installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.predicates.deployment import Deployment
from pipeline.core.predicates.smoke import Smoke

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.evidence import Believed


def unlike(smoke: Believed, deployments: Iterable[Believed]) -> str:
    """Say in what a smoke statement differs from the deployments of its artifact to its target.

    Empty when one of them measured the same, or when there is none to compare with.
    """
    checked = Smoke.from_json(smoke.statement.predicate)
    said = [Deployment.from_json(item.statement.predicate) for item in deployments]
    mine = {
        item.measured
        for item in said
        if (item.target, item.artifact.digest) == (checked.target, checked.artifact)
    }
    if not mine or checked.installed in mine:
        return ""
    return f"{checked.installed} was smoked on {checked.target}, not the {min(mine)} deployed there"
