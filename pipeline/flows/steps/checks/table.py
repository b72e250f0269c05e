"""The literal table of checks; the ids are those of the verification policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.flows.steps.checks import (
    digests,
    install_import,
    licences,
    lock_drift,
    metadata,
    record,
    sbom,
    secrets,
    vulnerabilities,
)

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Check

CHECKS: dict[str, Check] = {
    "digests": digests.check,
    "record": record.check,
    "metadata": metadata.check,
    "install_import": install_import.check,
    "licences": licences.check,
    "secrets": secrets.check,
    "sbom": sbom.check,
    "lock_drift": lock_drift.check,
    "vulnerabilities": vulnerabilities.check,
}
