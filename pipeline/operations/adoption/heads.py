"""The head of a verified record: what all families say of whose they are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pipeline.core.release import Phase
from pipeline.core.statement import OWN

if TYPE_CHECKING:
    from pipeline.core.statement import Statement

_PREFIX = f"{OWN}record-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Whose a record is, and under which policies it was made."""

    record_id: str
    family: str
    policy: str
    policies: str
    run: str
    context: str
    gate_id: str
    artifact_version: str
    artifact_set_id: str
    source_revision: str
    deployment_stage: str
    release_channel: str
    phase: Phase
    stage: str


def read_record(statement: Statement) -> Head | None:
    """Return the head of a verified record; `None` for a statement that is no record.

    Verification has held the predicate against its family's model, so the fields are there.
    """
    if not statement.predicate_type.startswith(_PREFIX):
        return None
    said = statement.predicate
    named = {field.name: said[field.name] for field in fields(Head)}
    return Head(**{**named, "phase": Phase(said["phase"])})
