"""What a source of advisories is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipeline.core.predicates.fields import CheckVerdict

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.advisories import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which packages to look up, with which snapshot, how old data may be, and what time it is.

    `max_age` is in seconds, `now` RFC 3339 UTC; `scratch` is where a source may write.
    """

    packages: tuple[tuple[str, str], ...]
    snapshot: Path | None
    max_age: int
    now: str
    scratch: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a source said. `passed` means that it was asked and answered, not that it found nothing.

    `failed`: its data is expired or not to be believed. `not_run`: it could not be asked.
    """

    source: str
    uri: str
    verdict: CheckVerdict
    reason: str
    version: str = ""
    data_date: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def ran(self) -> bool:
        """Whether the source was asked and answered."""
        return self.verdict is CheckVerdict.PASSED


class AdvisorySource(Protocol):
    """A place that knows about vulnerabilities."""

    def __call__(self, question: Question) -> Answer:
        """Look the packages up; never raises for what the outside does."""
        ...
