"""`stage-result/v1`: what one attempt of a stage did, signed once per attempt.

The journal's `end` names it alone, and it names everything else: that ties foreign predicates,
which cannot carry our context, to this run, stage and attempt.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from pipeline.core.model import Model
from pipeline.core.predicates.fields import Decimal, DigestText, File, Text, Time, Verdict
from pipeline.core.release import Phase


class StatementRef(Model):
    """A statement of the attempt: its file, predicate type, and the digest of its bundle."""

    path: Text
    type: Text
    digest: DigestText


class StepRecord(Model):
    """One step of the attempt: its task and the exit code of its process."""

    task: Text
    exit_code: int


class EnvelopeRecord(Model):
    """What the steps were allowed, and what kept them to it."""

    digest: DigestText
    enforced: Literal["kernel", "false"]
    findings: tuple[Text, ...]
    cost_usd: Decimal


class StageResult(Model):
    """The result of one attempt of one stage in one run."""

    run: DigestText
    context: DigestText
    target: Text
    stage: Text
    stage_digest: DigestText
    phase: Phase
    attempt: Annotated[int, pydantic.Field(ge=1)]
    begin: DigestText
    decision: DigestText
    predecessors: tuple[DigestText, ...]
    imports: tuple[DigestText, ...]
    verdict: Verdict
    reason: str
    steps: tuple[StepRecord, ...]
    artifacts: tuple[File, ...]
    outputs: tuple[File, ...]
    logs: tuple[File, ...]
    records: tuple[File, ...]
    """The records' files (`records/FAMILY.json`) and the compatibility matrix beside them."""
    statements: tuple[StatementRef, ...]
    envelope: EnvelopeRecord
    started_at: Time
    finished_at: Time
