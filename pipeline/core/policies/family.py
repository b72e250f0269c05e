"""What every policy and every family's file have in common."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import Field, model_validator

from pipeline.core.fields import Identifier, Line, PolicyId, Problem, duplicates, refuse_all
from pipeline.core.model import Digested, Model
from pipeline.core.release import Phase

Phases = Annotated[tuple[Phase, ...], Field(min_length=1)]
"""The bundle phases that a policy asks something of."""


class Policy(Digested):
    """A policy of one family for one target."""

    id: PolicyId = Field(description="The policy's id; records and decisions name it.")
    target: Identifier = Field(description="The target it holds for, of config/targets/.")
    notes: Line | None = Field(default=None, description="Words for people; nothing reads them.")


P = TypeVar("P", bound=Policy)


class Family(Model, Generic[P]):
    """The file of a family: at most one policy for each target. An empty list allows nothing."""

    several: ClassVar[bool] = False
    """Whether a target may have more than one policy of this family; an approval lists them."""

    policies: tuple[P, ...] = Field(description="The policies.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    @classmethod
    def cross_problems(cls, document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        raw = document.get("policies")
        listed = [entry if isinstance(entry, Mapping) else {} for entry in _list(raw)]
        once = [("id", "each id once")]
        once += [] if cls.several else [("target", "one policy for each target")]
        for field, allowed in once:
            values = [str(entry.get(field, f"?{n}")) for n, entry in enumerate(listed)]
            for at, value, first in duplicates(values):
                yield Problem(
                    ("policies", at, field), f"{value!r} is policies[{first}]; allowed: {allowed}"
                )


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
