"""The bakery with some words changed, and the faults that its files then have together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.edges.configuration import load
from pipeline.errors import InvalidConfigurationError
from tests.climbing import bakery
from tests.edges import projects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Fields = dict[str, Any]


def problems(root: Path, files: Mapping[str, str | None]) -> list[str]:
    """Return a configuration's faults as `file: path: words`, without their places in the file."""
    projects.write(root, **files)
    try:
        load(root)
    except InvalidConfigurationError as error:
        return [
            f"{line.split(':', 1)[0].removeprefix('config/')}:{line.split(':', 3)[3]}"
            for line in error.problems
        ]
    return []


def stages(**changes: Fields) -> Fields:
    """Return the bakery's stages, with fields of some of them changed."""
    return {"stages": [stage | changes.get(stage["id"], {}) for stage in bakery.STAGES]}


def records(stage: str, /, **changes: str | None) -> Fields:
    """Return the bakery's stages, with some records of one of them changed, or left out."""
    made = next(one for one in bakery.STAGES if one["id"] == stage).get("records", {}) | changes
    kept = {family: policy for family, policy in made.items() if policy is not None}
    return stages(**{stage: {"records": kept}})
