"""What a stage's statements say in few words, for a person who looks at the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.canary import Canary
from pipeline.core.statement import APPROVAL, CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.core.evidence import StageEvidence


def detail_of(stage: StageEvidence) -> str:
    """Return the words of a stage's statements, by their types; nothing for types without words."""
    found = (item.statement for item in stage.statements)
    return "; ".join(
        WORDS[item.predicate_type](item.predicate) for item in found if item.predicate_type in WORDS
    )


def _approved(predicate: dict[str, Any]) -> str:
    said = Approval.from_json(predicate)
    return f"{said.authority_kind}, {f'by {said.approver}' if said.approver else 'nobody named'}"


def _compared(predicate: dict[str, Any]) -> str:
    baseline = Canary.from_json(predicate).baseline
    return f"against {baseline.version or baseline.kind.replace('_', ' ')}"


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {APPROVAL: _approved, CANARY: _compared}
"""Who puts a statement into words, by predicate type."""
