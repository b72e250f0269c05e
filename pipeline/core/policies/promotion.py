"""Promotion: what evidence must be like before a target may take a release."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from pipeline.core.fields import Identifier, Line, PolicyId, Problem, duplicates, refuse_all
from pipeline.core.model import Model
from pipeline.core.policies.excepting import FindingException
from pipeline.core.policies.family import Family, Policy
from pipeline.core.release import OriginClass


class TrustKind(StrEnum):
    """Whose signatures count. Source: the design's model (trust)."""

    REHEARSAL = "rehearsal"
    ROOTED = "rooted"


class Anchoring(StrEnum):
    """Whether attempts must be anchored outside this machine."""

    REQUIRED = "required"
    NOT_REQUIRED = "not_required"


class Demand(StrEnum):
    """Whether something that is missing holds a release, or is only told."""

    REQUIRED = "required"
    NOTED = "noted"


class ApprovalReference(StrEnum):
    """What a promotion's approval is named by."""

    WORKFLOW_ELSE_LOCAL_TRIGGER = "workflow_run_else_local_trigger"


class CompatibilityStrategy(StrEnum):
    """Where it is said what a release runs on."""

    GENERATED_MATRIX = "generated_matrix_snapshot"


class DependencyStrategy(StrEnum):
    """How a promotion names the policies that it was made under."""

    POLICY_DIGESTS = "policy_digests"


class Certified(Model):
    """An interpreter on a platform that a release must have passed on."""

    python: Line = Field(description="The interpreter's version, two parts: 3.11.")
    platform: Line = Field(description="System and machine: linux-x86_64.")


class PromotionPolicy(Policy):
    """What a target demands of the evidence as a whole."""

    trust: TrustKind = Field(description="rehearsal: this machine's own key; rooted: signed trust.")
    anchor: Anchoring = Field(description="required: deleting a run must not forget it.")
    origin: OriginClass = Field(description="The lowest origin class that is accepted.")

    required_stages: tuple[Identifier, ...] = Field(
        min_length=1, description="Ids of the stages that a release must have passed."
    )
    manual_stages: tuple[Identifier, ...] = Field(
        description="Ids of the stages that run only when somebody names them."
    )
    approval_reference_strategy: ApprovalReference = Field(
        description="What an approval is named by."
    )
    compatibility_strategy: CompatibilityStrategy = Field(
        description="Where it is said what a release runs on."
    )
    policy_dependency_strategy: DependencyStrategy = Field(
        description="How a promotion record names the policies."
    )
    attestation_policies: tuple[PolicyId, ...] = Field(
        description="Attestation policies that a promotion must fulfil."
    )
    certification: Demand = Field(
        description="Whether a certified row without passing evidence holds, or is noted."
    )
    certified: tuple[Certified, ...] = Field(
        default=(), description="What a release must have passed on."
    )
    security_review: Demand = Field(description="Whether a line that no review covers holds.")
    baseline: Demand = Field(description="Whether drift from the provenance baseline holds.")
    exceptions: tuple[FindingException, ...] = Field(
        default=(), description="Findings that do not hold a release until they expire."
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        refuse_all(self.policy_problems(self.to_dict()))
        return self

    @staticmethod
    def policy_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield exceptions for one finding that stand twice: they could disagree."""
        for at, finding, first in duplicates([one["finding"] for one in document["exceptions"]]):
            yield Problem(
                ("exceptions", at, "finding"),
                f"{finding!r} is exceptions[{first}] already; allowed: one exception for each",
            )

    def accepts(self, origin: OriginClass) -> bool:
        """Tell whether evidence of this origin class is good enough."""
        return origin is OriginClass.LIVE or self.origin is OriginClass.LOCAL


class PromotionFamily(Family[PromotionPolicy]):
    """The file `config/policies/promotion.yaml`."""

    family: Literal["promotion"] = Field(description="The family's name, equal to the file's.")
