"""Promotion: what evidence must be like before a target may take a release."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

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


class PromotionPolicy(Policy):
    """What a target demands of the evidence as a whole."""

    trust: TrustKind = Field(description="rehearsal: this machine's own key; rooted: signed trust.")
    anchor: Anchoring = Field(description="required: deleting a run must not forget it.")
    origin: OriginClass = Field(description="The lowest origin class that is accepted.")

    def accepts(self, origin: OriginClass) -> bool:
        """Tell whether evidence of this origin class is good enough."""
        return origin is OriginClass.LIVE or self.origin is OriginClass.LOCAL


class PromotionFamily(Family[PromotionPolicy]):
    """The file `config/policies/promotion.yaml`."""

    family: Literal["promotion"] = Field(description="The family's name, equal to the file's.")
