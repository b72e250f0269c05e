"""What an attempt's steps left, before anything of it is signed.

It lies in the store under the hash of the attempt's begin, so that a killed promote finds it again
and neither runs the steps twice nor loses what they made.
"""

from __future__ import annotations

from typing import Any

from pipeline.core.model import Model
from pipeline.core.predicates.fields import File, Text, Time, Verdict
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
