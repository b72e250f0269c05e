"""What every policy and every family's file have in common."""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import Field, model_validator

from pipeline.core.fields import Identifier, PolicyId, Problem, duplicates, refuse_all
from pipeline.core.model import Digested, Model


class Policy(Digested):
    """A policy of one family for one target."""

    id: PolicyId = Field(description="The policy's id; records and decisions name it.")
    target: Identifier = Field(description="The target it holds for, of config/targets/.")


P = TypeVar("P", bound=Policy)


class Family(Model, Generic[P]):
    """The file of a family: at most one policy for each target. An empty list allows nothing."""

    policies: tuple[P, ...] = Field(description="The policies, at most one for each target.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    def for_target(self, target: str) -> P | None:
        """Return the target's policy; `None` means that nothing is allowed there."""
        return next((policy for policy in self.policies if policy.target == target), None)

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        raw = document.get("policies")
        listed = [entry if isinstance(entry, Mapping) else {} for entry in _list(raw)]
        for field, once in (("id", "each id once"), ("target", "one policy for each target")):
            values = [str(entry.get(field, f"?{n}")) for n, entry in enumerate(listed)]
            for at, value, first in duplicates(values):
                yield Problem(
                    ("policies", at, field), f"{value!r} is policies[{first}]; allowed: {once}"
                )


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
