"""Smoke verification: which checks must have passed against what is live."""

from typing import Literal

from pydantic import Field

from pipeline.core.fields import Identifier, PolicyId
from pipeline.core.policies.family import Family, Phases, Policy


class SmokeVerificationPolicy(Policy):
    """The checks that a target demands after a deployment."""

    evidence: PolicyId = Field(description="The registry's entry for this evidence.")
    kind: Identifier = Field(description="What kind of verification it is, in a word.")
    phases: Phases = Field(description="The bundle phases that must hold a smoke record.")
    checks: tuple[Identifier, ...] = Field(
        min_length=1, description="Ids of the target's smoke checks that must have passed."
    )
    operator_session: bool = Field(
        description="Whether a check behind the operator session must have passed."
    )


class SmokeVerificationFamily(Family[SmokeVerificationPolicy]):
    """The file `config/policies/smoke_verification.yaml`."""

    family: Literal["smoke_verification"] = Field(
        description="The family's name, equal to the file's."
    )
