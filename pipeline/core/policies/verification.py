"""Verification: which checks must have run and passed, and what they compare with."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.fields import (
    Identifier,
    Line,
    Problem,
    RelativePath,
    Timeout,
    Timestamp,
    duplicates,
    refuse,
    refuse_all,
)
from pipeline.core.model import Model
from pipeline.core.policies.family import Family, Policy

_SPDX = "an SPDX licence id, such as Apache-2.0"


def _licence(value: str) -> str:
    if not value or not all(part.isascii() and part.isalnum() for part in value_parts(value)):
        message = f"{value[:80]!r} is no licence id; allowed: {_SPDX}"
        raise refuse(message)
    return value


def value_parts(value: str) -> list[str]:
    """Split an SPDX id at its separators: `GPL-3.0-or-later` has four parts."""
    return value.removesuffix("+").replace(".", "-").split("-")


LicenceId = Annotated[
    str,
    AfterValidator(_licence),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9.-]+[+]?$", "x-allowed": _SPDX}),
]


class AdvisoryException(Model):
    """An advisory that somebody looked at and answers for, until a day."""

    advisory: Line = Field(description="The advisory's id: GHSA-…, PYSEC-…, CVE-….")
    reason: Line = Field(description="Why it does no harm here.")
    owner: Line = Field(description="Who answers for that.")
    expires: Timestamp = Field(description="When the exception ends.")


class Advisories(Model):
    """Known vulnerabilities: how old the data may be, where a snapshot lies, what is excepted."""

    max_age: Timeout = Field(description="The oldest that advisory data may be: 7d.")
    snapshot: RelativePath | None = Field(
        default=None, description="A dated OSV snapshot, relative to the project's root."
    )
    exceptions: tuple[AdvisoryException, ...] = Field(
        default=(), description="Advisories that do not hold a release until they expire."
    )


class Licences(Model):
    """The licences that a release and its dependencies may have; empty allows none."""

    allow: tuple[LicenceId, ...] = Field(description="SPDX ids.")


class VerificationPolicy(Policy):
    """The checks that a target demands."""

    required_checks: tuple[Identifier, ...] = Field(
        min_length=1, description="Checks that must have run and passed; not_run is never a pass."
    )
    advisories: Advisories = Field(description="Known vulnerabilities.")
    licences: Licences = Field(description="Allowed licences.")

    @model_validator(mode="after")
    def _once(self) -> "VerificationPolicy":
        refuse_all(self.policy_problems(self.to_dict()))
        return self

    @staticmethod
    def policy_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield checks and exceptions that stand twice."""
        checks = document["required_checks"]
        for at, check, first in duplicates(checks):
            yield Problem(
                ("required_checks", at), f"{check!r} is [{first}] already; allowed: each check once"
            )
        listed = [entry["advisory"] for entry in document["advisories"]["exceptions"]]
        for at, advisory, first in duplicates(listed):
            yield Problem(
                ("advisories", "exceptions", at, "advisory"),
                f"{advisory!r} is exceptions[{first}] already; allowed: one exception for each",
            )


class VerificationFamily(Family[VerificationPolicy]):
    """The file `config/policies/verification.yaml`."""

    family: Literal["verification"] = Field(description="The family's name, equal to the file's.")
