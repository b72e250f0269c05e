"""`outcome/v1`: what an attempt's steps left, signed before anything is concluded from it.

It lies in the store under the hash of the attempt's begin, so that a killed promote finds it again
and neither runs the steps twice nor loses what they made. It is signed as soon as the pins and the
envelope were checked: what somebody else put there is not taken up.
"""

from __future__ import annotations

from typing import Annotated, Any

import pydantic

from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, File, Text, Time, Verdict
from pipeline.core.predicates.stage_result import EnvelopeRecord, StepRecord


class Draft(Model):
    """A statement that a step asked to have signed: type, names of artifacts, predicate."""

    type: Text
    subjects: tuple[Text, ...]
    predicate: dict[str, Any]


class Outcome(Model):
    """The files, verdict and statements-to-be of one attempt."""

    verdict: Verdict
    reason: str
    steps: tuple[StepRecord, ...]
    artifacts: tuple[File, ...]
    outputs: tuple[File, ...]
    logs: tuple[File, ...]
    drafts: tuple[Draft, ...]
    envelope: EnvelopeRecord
    started_at: Time
    finished_at: Time


class KeptOutcome(Model):
    """An outcome, bound to the run, stage, attempt and begin that it is of."""

    run: DigestText
    context: DigestText
    stage: Text
    attempt: Annotated[int, pydantic.Field(ge=1)]
    begin: DigestText
    outcome: Outcome
