"""A record as it was verified: what it says, its family, and what its signature proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.core.families import RecordFamily
    from pipeline.core.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A verified record."""

    family: RecordFamily
    record: Record
    bundle_digest: str
    origin: str
    """The origin class that verification derived."""
