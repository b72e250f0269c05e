"""Advisories: which of them concern a package, how bad they are, and whether they hold a release.

The rules, numbered as the code cites them:
1. an advisory of unknown severity always holds;
2. a critical one always holds, whatever exception somebody wrote;
3. any other holds unless an exception names it that has not expired;
4. a version that cannot be compared counts as affected.
Source: Open Source Vulnerability format 1.6, https://ossf.github.io/osv-schema/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from pipeline.core import cvss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.core.policies.verification import AdvisoryException

SEVERITIES = ("NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""From harmless to worst; GitHub's MODERATE is MEDIUM."""
CRITICAL = SEVERITIES[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An advisory that concerns a package of the release."""

    package: str
    version: str
    ids: tuple[str, ...]
    severity: str | None

    @property
    def text(self) -> str:
        """One line for a person."""
        return f"{self.package} {self.version}: {self.ids[0]} ({self.severity or 'unknown'})"


def affecting(
    records: Iterable[Mapping[str, Any]], packages: Iterable[tuple[str, str]]
) -> tuple[Finding, ...]:
    """Return what a set of OSV records says of packages (normalised name, version)."""
    versions: dict[str, list[str]] = {}
    for name, version in packages:
        versions.setdefault(name, []).append(version)
    found: list[Finding] = []
    for record in records:
        if record.get("withdrawn"):
            continue
        for name in {_pypi_name(item) for item in record.get("affected", [])} & versions.keys():
            found.extend(
                Finding(
                    package=name,
                    version=version,
                    ids=(str(record["id"]), *map(str, record.get("aliases", []))),
                    severity=severity_of(record),
                )
                for version in versions[name]
                if any(
                    _pypi_name(item) == name and _affects(item, version)
                    for item in record["affected"]
                )
            )
    return tuple(sorted(found, key=lambda finding: (finding.package, finding.ids)))


def _pypi_name(affected: Mapping[str, Any]) -> str:
    package = affected.get("package", {})
    ecosystem = str(package.get("ecosystem", "")).partition(":")[0]
    return canonicalize_name(str(package.get("name", ""))) if ecosystem == "PyPI" else ""


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    try:
        wanted = Version(version)
        listed = {_version(text) for text in affected.get("versions", [])}
        ranges = [item for item in affected.get("ranges", []) if item.get("type") != "GIT"]
        if wanted in listed or any(_within(item.get("events", []), wanted) for item in ranges):
            return True
    except InvalidVersion:
        return True  # rule 4
    return not affected.get("versions") and not ranges


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _within(events: Sequence[Mapping[str, str]], wanted: Version) -> bool:
    """Walk a range's events in the order of their versions, as OSV's evaluation does."""
    inside = False
    ordered = sorted(
        ((Version(text), kind) for event in events for kind, text in event.items()),
        key=lambda pair: (pair[0], pair[1] != "introduced"),
    )
    for version, kind in ordered:
        if kind == "introduced" and wanted >= version:
            inside = True
        elif (kind in {"fixed", "limit"} and wanted >= version) or (
            kind == "last_affected" and wanted > version
        ):
            inside = False
    return inside


def severity_of(record: Mapping[str, Any]) -> str | None:
    """Return the worst severity that a record states, None if it states none that we can read."""
    said = [str(record.get("database_specific", {}).get("severity", "")).upper()]
    said.extend(
        cvss.severity(str(item.get("score", ""))) or "" for item in record.get("severity", [])
    )
    words = ["MEDIUM" if word == "MODERATE" else word for word in said]
    known = [SEVERITIES.index(word) for word in words if word in SEVERITIES]
    return SEVERITIES[max(known)] if known else None


def holding(
    findings: Iterable[Finding], exceptions: Sequence[AdvisoryException], now: str
) -> tuple[list[str], list[str]]:
    """Return what holds the release, and what is excepted; `now` is RFC 3339 UTC."""
    holds, excepted = [], []
    for finding in findings:
        exception = next((item for item in exceptions if item.advisory in finding.ids), None)
        if finding.severity is None:
            holds.append(f"{finding.text}: its severity is unknown")  # rule 1
        elif finding.severity == CRITICAL:
            holds.append(f"{finding.text}: critical, no exception counts")  # rule 2
        elif exception is None:
            holds.append(f"{finding.text}: no exception names it")  # rule 3
        elif str(exception.expires) <= now:
            holds.append(
                f"{finding.text}: the exception of {exception.owner} expired {exception.expires}"
            )
        else:
            excepted.append(
                f"{finding.text}: excepted until {exception.expires} by {exception.owner}: "
                f"{exception.reason}"
            )
    return holds, excepted
