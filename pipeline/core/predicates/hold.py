"""`hold/v1`: a person stops all promotion to a target by name, or lets it go on again.

in-toto has no predicate for it, so this one is ours, openly. Each entry of a target names all that
were before it, so the newest alone, believed, pins every one of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import pydantic

from pipeline.core.canonical import canonical
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, Text, Time


class Action(StrEnum):
    """What a person did to a target."""

    HOLD = "hold"
    LIFT = "lift"


class Hold(Model):
    """One entry of a target's holds: who did what, when and why, and what was before it."""

    project: Text
    target: Text
    action: Action
    reason: Text
    actor: Text
    at: Time
    number: Annotated[int, pydantic.Field(ge=1)]
    previous: tuple[DigestText, ...]
    """Digests of the bundles of all entries before it, oldest first."""

    @property
    def holds(self) -> bool:
        """Whether promotion is stopped while this is the newest entry."""
        return self.action is Action.HOLD

    @property
    def words(self) -> str:
        """Who holds since when and why, in one line."""
        return f"{self.target} is held since {self.at} by {self.actor}: {self.reason}"

    @property
    def command(self) -> str:
        """What lifts it."""
        return f"invoke hold --target {self.target} --lift --reason TEXT"


def subject(project: str, target: str) -> bytes:
    """Return the document that a hold is about: a target is no file, so its name stands in one."""
    return canonical({"project": project, "target": target})
