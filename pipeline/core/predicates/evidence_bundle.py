"""`evidence-bundle/v1`: the seal of a phase folder, and so a signed head of the journal."""

from __future__ import annotations

from typing import Annotated

import pydantic

from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, Text, Time, Verdict
from pipeline.core.release import Phase


class JournalHead(Model):
    """How far the journal had come: its number of entries and the hash of the last."""

    entries: Annotated[int, pydantic.Field(ge=1)]
    head: DigestText


class SealedStage(Model):
    """A stage as it stood when the phase was sealed."""

    id: Text
    verdict: Verdict
    result: DigestText


class EvidenceBundle(Model):
    """What a seal says of a phase folder; its subject is HASH_MANIFEST.txt."""

    run: DigestText
    context: DigestText
    phase: Phase
    closed: bool
    journal: JournalHead
    stages: tuple[SealedStage, ...]
    sealed_at: Time
