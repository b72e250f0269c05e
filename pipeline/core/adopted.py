"""Adopted releases, counted: records per family and target, and what follows from them.

What is counted is a `Fact`: what verification found of one signed record. What does not verify, or
is not of the release that it lies with, is an `AdoptedFinding` instead and counts nowhere. A record
is `live` when verification derived that class for it, and everything else is `local`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.core.families import RecordFamily
from pipeline.core.release import PRODUCTION, OriginClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.core.evidence import Believed

NAMED = 1_000
"""Up to how many records are named, each by its id, where a tally is told: one looks at few."""
_OF_RELEASES = {
    "signed_provenance": "Releases whose tracking records say that provenance was signed.",
    "tracked_releases": "Releases that have a tracking record.",
    "production_approvals": "Releases in the production channel with an approval and an approver.",
}


class Entered(NamedTuple):
    """What the counts need of a ledger's entry."""

    id: str
    set: str
    run: str
    target: str
    version: str
    objects: str
    """The digest of the release's `objects.json`."""
    first: int
    last: int


class Fact(NamedTuple):
    """What verification found of one record. The class of its origin is derived, never read."""

    record_id: str
    family: str
    origin: OriginClass
    principal: str
    key_id: str
    set: str
    run: str
    version: str
    target: str
    channel: str
    phase: str
    provenance: bool
    """A tracking record that says that provenance was signed."""
    approved: bool
    """An authority record in the production channel with an approval and a named approver."""

    @classmethod
    def of(cls, believed: Believed) -> Fact:
        """Read a verified record; verification has held it against its family's model."""
        said = believed.statement.predicate
        family, channel = said["family"], said["release_channel"]
        return cls(
            record_id=said["record_id"],
            family=family,
            origin=believed.origin,
            principal=believed.principal,
            key_id=str(believed.key_id),
            set=said["artifact_set_id"],
            run=said["run"],
            version=said["artifact_version"],
            target=said["deployment_stage"],
            channel=channel,
            phase=said["phase"],
            provenance=family == RecordFamily.TRACKING and said["provenance_status"] == "signed",
            approved=family == RecordFamily.APPROVAL_AUTHORITY
            and channel == PRODUCTION
            and bool(said["approvals"] and said["approvers"]),
        )

    def differences(self, entry: Entered, family: str | None, phase: str | None) -> list[str]:
        """Return in which words a record is not the one that ledger and `objects.json` name."""
        wanted = {
            "artifact_set_id": (self.set, entry.set),
            "run": (self.run, entry.run),
            "artifact_version": (self.version, entry.version),
            "deployment_stage": (self.target, entry.target),
            "family": (self.family, family),
            "phase": (self.phase, phase),
        }
        return [
            f"its {name} is {mine}, the ledger has {theirs}"
            for name, (mine, theirs) in wanted.items()
            if mine != theirs
        ]


class AdoptedFinding(NamedTuple):
    """Something in `releases/` that is not counted: why, where, and the command that helps."""

    id: str
    what: str
    where: str
    command: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return self._asdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many were counted, of which class, and the ids of the records that it rests on."""

    checked_in: int = 0
    live: int = 0
    local: int = 0
    ids: tuple[str, ...] = ()

    def to_dict(self, *, ids: bool = True) -> dict[str, Any]:
        """Return the JSON form; `local_or_synthetic` is all that is not live.

        With more than `NAMED` records none is named: `objects.json` of each release lists its own.
        """
        counts = {
            "checked_in": self.checked_in,
            "live": self.live,
            "local_or_synthetic": self.local,
        }
        return counts | ({"records": list(self.ids)} if ids and len(self.ids) <= NAMED else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedCounts:
    """All that adopted releases come to."""

    releases: int
    """Entries of the ledger."""
    families: Mapping[str, Tally]
    """Every record family, also those without a record."""
    targets: Mapping[str, Mapping[str, Tally]]
    """The same for each target that has a record."""
    signed_provenance: Tally
    tracked_releases: Tally
    production_approvals: Tally
    findings: tuple[AdoptedFinding, ...]
    verified: int = field(default=0, compare=False)
    """Signatures that were verified for this."""
    remembered: int = field(default=0, compare=False)
    """Signatures that had been verified before, over the same bytes under the same trust."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: a function of what is checked in, not of what was remembered."""
        return {
            "releases": self.releases,
            "records": {name: tally.to_dict() for name, tally in self.families.items()},
            "targets": {
                target: {name: tally.to_dict(ids=False) for name, tally in families.items()}
                for target, families in self.targets.items()
            },
            **{name: getattr(self, name).to_dict() for name in _OF_RELEASES},
            "findings": [finding.to_dict() for finding in self.findings],
        }


def count(
    releases: int,
    facts: Iterable[Fact],
    findings: Sequence[AdoptedFinding],
    *,
    verified: int = 0,
    remembered: int = 0,
) -> AdoptedCounts:
    """Count what was verified. A record id that comes twice is a finding, and counts once."""
    seen: dict[str, Fact] = {}
    twice = []
    by_family: dict[str, list[Fact]] = {family.value: [] for family in RecordFamily}
    by_target: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: {f: [] for f in by_family})
    for fact in facts:
        if seen.setdefault(fact.record_id, fact) is not fact:
            twice.append(_twice(fact))
            continue
        by_family[fact.family].append(fact)
        by_target[fact.target][fact.family].append(fact)
    tracking = by_family[RecordFamily.TRACKING]
    authority = by_family[RecordFamily.APPROVAL_AUTHORITY]
    return AdoptedCounts(
        releases=releases,
        families={name: _tally(found) for name, found in by_family.items()},
        targets={
            target: {name: _tally(found) for name, found in families.items()}
            for target, families in sorted(by_target.items())
        },
        signed_provenance=_releases(fact for fact in tracking if fact.provenance),
        tracked_releases=_releases(tracking),
        production_approvals=_releases(fact for fact in authority if fact.approved),
        findings=(*findings, *twice),
        verified=verified,
        remembered=remembered,
    )


def _twice(fact: Fact) -> AdoptedFinding:
    where = f"releases/{fact.set}"
    return AdoptedFinding(
        id="adopted.twice",
        what=f"the record {fact.record_id} stands twice; it is counted once",
        where=where,
        command=f"git log --oneline -- {where}",
    )


def _tally(facts: Sequence[Fact]) -> Tally:
    live = sum(fact.origin is OriginClass.LIVE for fact in facts)
    ids = tuple(fact.record_id for fact in facts)
    return Tally(checked_in=len(facts), live=live, local=len(facts) - live, ids=ids)


def _releases(facts: Iterable[Fact]) -> Tally:
    """Count releases, not records: one is live when all of its records are."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.set].append(fact)
    live = sum(all(f.origin is OriginClass.LIVE for f in records) for records in found.values())
    ids = tuple(fact.record_id for records in found.values() for fact in records)
    return Tally(checked_in=len(found), live=live, local=len(found) - live, ids=ids)
