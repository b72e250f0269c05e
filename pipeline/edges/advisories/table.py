"""The literal table of advisory sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges.advisories import osv_snapshot, pip_audit

if TYPE_CHECKING:
    from pipeline.edges.advisories.interface import AdvisorySource

SOURCES: dict[str, AdvisorySource] = {
    osv_snapshot.NAME: osv_snapshot.ask,
    pip_audit.NAME: pip_audit.ask,
}
