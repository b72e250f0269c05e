"""What has been verified of a release, in the form that gates read.

Gates accept nothing but these values, and `proof.verify` is the only maker of the statements in
them: `Believed` describes the shape, so that core need not know who verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.canonical import Digest
    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.core.release import OriginClass
    from pipeline.core.statement import Statement


class Believed(Protocol):
    """A statement whose signature, signer and form were verified."""

    @property
    def statement(self) -> Statement:
        """What it says."""

    @property
    def payload(self) -> bytes:
        """The bytes that were signed."""

    @property
    def bundle_digest(self) -> Digest:
        """The digest of the bundle file it was read from."""

    @property
    def key_id(self) -> Digest:
        """The digest of the key that signed."""

    @property
    def principal(self) -> str:
        """Who signed."""

    @property
    def origin(self) -> OriginClass:
        """Where it comes from, derived when it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvidence:
    """One passed or failed attempt of a stage: its verified result and statements."""

    result: StageResult
    believed: Believed
    """The stage result's own statement."""
    statements: tuple[Believed, ...]

    @property
    def digest(self) -> Digest:
        """The digest that the journal and later stages name it by."""
        return self.believed.bundle_digest

    def of(self, predicate_type: str) -> Iterator[Believed]:
        """Yield the attempt's statements of one type."""
        for item in self.statements:
            if item.statement.predicate_type == predicate_type:
                yield item


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that has been verified of one run, stages in ladder order."""

    stages: tuple[StageEvidence, ...] = ()
    imported: tuple[StageEvidence, ...] = ()

    @property
    def all(self) -> tuple[StageEvidence, ...]:
        """The imported stages and then the run's own."""
        return self.imported + self.stages

    def of(self, predicate_type: str) -> Iterator[Believed]:
        """Yield every verified statement of one type, imported ones included."""
        for stage in self.all:
            yield from stage.of(predicate_type)

    @property
    def artifacts(self) -> dict[str, Digest]:
        """Name → digest of everything released so far; a later stage may add, never replace."""
        found: dict[str, Digest] = {}
        for stage in self.all:
            for subject in stage.believed.statement.subjects:
                found.setdefault(subject.name, subject.digest)
        found.pop(RUN_FILE, None)
        return found


RUN_FILE = "run.json"
"""The subject that every stage result has: the run's context."""
