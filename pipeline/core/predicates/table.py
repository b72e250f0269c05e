"""The literal table of our own predicates.

Unknown fields in our own predicates are refused; in foreign ones they are ignored, as in-toto asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.canonical import MalformedError
from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.canary import Canary
from pipeline.core.predicates.check_report import CheckReport
from pipeline.core.predicates.deployment import Deployment
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.predicates.hold import Hold
from pipeline.core.predicates.outcome import KeptOutcome
from pipeline.core.predicates.smoke import Smoke
from pipeline.core.predicates.stage_result import StageResult
from pipeline.core.records.table import RECORD_MODELS

if TYPE_CHECKING:
    from pipeline.core.model import Model

OWN_PREDICATES: dict[str, type[Model]] = {
    statement.STAGE_RESULT: StageResult,
    statement.OUTCOME: KeptOutcome,
    statement.EVIDENCE_BUNDLE: EvidenceBundle,
    statement.APPROVAL: Approval,
    statement.CHECK_REPORT: CheckReport,
    statement.CANARY: Canary,
    statement.DEPLOYMENT: Deployment,
    statement.SMOKE: Smoke,
    statement.HOLD: Hold,
    **{statement.record_type(family): model for family, model in RECORD_MODELS.items()},
}
"""Predicate type → its model."""


def check_own(predicate_type: str, predicate: dict[str, Any]) -> None:
    """Refuse (`MalformedError`) a predicate of our own that is not exactly of its model."""
    model = OWN_PREDICATES.get(predicate_type)
    if model is not None:
        model.from_json(predicate)
    elif predicate_type.startswith(statement.OWN):
        msg = f"{predicate_type} is no predicate type that this version knows"
        raise MalformedError(msg)
