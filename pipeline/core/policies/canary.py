"""Canary: the ring, the traffic, what counts as no worse. Rates and ratios are decimal texts."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.fields import (
    Count,
    DecimalText,
    Identifier,
    PolicyId,
    Problem,
    UrlPath,
    refuse,
    refuse_all,
)
from pipeline.core.model import Digested, Model
from pipeline.core.policies.family import Family, Policy

_RATE = 'a rate from "0" to "1" in quotes, such as "0.01"'


def _rate(value: str) -> str:
    if Decimal(value) > 1:
        message = f"{value!r} is more than every request; allowed: {_RATE}"
        raise refuse(message)
    return value


Rate = Annotated[
    DecimalText,
    AfterValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": r"^(0(\.[0-9]+)?|1(\.0+)?)$", "x-allowed": _RATE}),
]


class Objectives(Model):
    """What the canary must reach when there is no baseline to compare with."""

    error_rate: Rate = Field(description="Largest share of failed requests.")
    p95_ms: DecimalText = Field(description="Largest 95th percentile of the latency, in ms.")


class Margins(Model):
    """How much worse than the baseline still counts as no worse."""

    error_rate: Rate = Field(description="Added share of failed requests.")
    p95_ratio: DecimalText = Field(
        description="Canary's 95th percentile of the latency over the baseline's, at most."
    )


class CanaryRule(Digested):
    """The bounded traffic of a canary and how it is judged."""

    id: PolicyId = Field(description="The rule's id.")
    ring: Identifier = Field(description="Who sees the canary.")
    surfaces: tuple[UrlPath, ...] = Field(min_length=1, description="The paths that are asked for.")
    requests: Count = Field(description="Requests to each arm in each interval.")
    intervals: Count = Field(description="How many intervals.")
    concurrency: Count = Field(description="Requests in flight at once, to each arm.")
    objectives: Objectives = Field(description="Judged alone: absolute limits.")
    margins: Margins = Field(description="Judged beside a baseline: allowed difference.")
    min_samples: Count = Field(description="Fewer answers than this from an arm are no pass.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        most = self.requests * self.intervals
        if self.min_samples > most:
            words = f"{self.min_samples} is more than all requests; allowed: at most {most}"
            refuse_all([Problem(("min_samples",), words)])
        return self


class Traffic(StrEnum):
    """Whose requests may reach a canary."""

    SYNTHETIC_ONLY = "synthetic_only"
    """Requests that the pipeline makes itself; nobody else knows where the canary answers."""


class CanaryStrategy(StrEnum):
    """How a canary comes to run."""

    BESIDE_BASELINE = "beside_baseline"
    """On its own, beside what is live, and gone when it has been judged."""


class Claim(StrEnum):
    """What somebody might want to conclude from a release's evidence."""

    PRODUCTION_APPROVAL = "production_approval"
    SIGNED_PROVENANCE = "signed_provenance"
    UNIVERSAL_SUPPORT = "universal_support"
    WIDER_COMPATIBILITY = "wider_compatibility"
    PARTNER_SUPPORT = "partner_support"


NEVER_FROM_A_CANARY = frozenset(
    {Claim.PRODUCTION_APPROVAL, Claim.SIGNED_PROVENANCE, Claim.WIDER_COMPATIBILITY}
)
"""Claims that no bounded canary can carry, whoever wrote its policy."""


class Boundary(Model):
    """How far a canary reaches, and what may not be concluded from it."""

    traffic: Traffic = Field(description="Whose requests may reach it.")
    strategy: CanaryStrategy = Field(description="How it comes to run.")
    evidence: tuple[PolicyId, ...] = Field(
        description="Entries of the registry that the canary stands on."
    )
    prohibited_claims: tuple[Claim, ...] = Field(
        description="What may not be concluded from the canary alone."
    )


class CanaryPolicy(Policy):
    """The canary rule of a target, and its boundary."""

    rule: CanaryRule = Field(description="The rule.")
    boundary: Boundary = Field(description="How far it reaches.")


class CanaryFamily(Family[CanaryPolicy]):
    """The file `config/policies/canary.yaml`."""

    family: Literal["canary"] = Field(description="The family's name, equal to the file's.")
