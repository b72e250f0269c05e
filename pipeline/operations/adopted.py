"""Adopted releases, read and verified as they lie in `releases/`, and counted.

Rules, by number; what breaks one is not counted, and told as a finding:

1. The ledger holds by its own rules (`core.ledger`); without it nothing counts.
2. A release's `objects.json` is the one that its entry names, and numbers what the entry took; a
   folder without an entry is an orphan.
3. Every object's bytes are hashed anew and have the digest that `objects.json` names.
4. The release's own keys verify each record (`adoption.key_trust`), and nobody else's; a key that
   config/trust.yaml revokes, or that is not valid now, verifies nothing.
5. A record is of this release, run, version, target, family and phase, under its own id.

Of these, 1, the form of 2, and 4 and 5 are remembered (`operations.memory`), 3 never. It costs what
there is: each file is opened once. Bundles, contracts and reverse patches are gone through by
`verify`; here they are bytes with a digest.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.core.adopted import AdoptedCounts, AdoptedFinding, Entered, Fact, count
from pipeline.core.adopted_paths import FOLDER, LEDGER
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.families import RecordFamily
from pipeline.core.ledger import Kind, Ledger, Objects
from pipeline.core.statement import RECORDS
from pipeline.edges import clock
from pipeline.edges.hashing import read_small
from pipeline.edges.links import refuse_links
from pipeline.errors import UntrustedError
from pipeline.operations.adoption.key_trust import of_keys
from pipeline.operations.adoption.shelf import MAX_LEDGER
from pipeline.operations.memory import Looked, Memory
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.core.ledger import Entry, Numbered
    from pipeline.core.trust import TrustConfig
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.trust import RehearsalTrust

OBJECTS = "objects.json"
MAX_OBJECT = 64 * 1024 * 1024
"""Largest file that is read, in bytes."""
_SIGNED = frozenset({Kind.RECORD, Kind.ADOPTION})


class _WrongError(Exception):
    """What is wrong with a release, or with one of its objects."""

    def __init__(self, finding: AdoptedFinding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def adopted(workspace: Workspace, *, fresh: bool = False) -> AdoptedCounts:
    """Return the counts over all adopted releases; with `fresh`, nothing remembered is used."""
    memory = Memory.open(workspace.state, fresh=fresh)
    reading = _Reading(
        root=workspace.root,
        config=workspace.configuration.trust,
        memory=memory,
        now=clock.now(),
    )
    entries = reading.entries()
    facts = [fact for entry in entries for fact in reading.release(entry)]
    reading.orphans({entry.set for entry in entries})
    if entries:
        memory.save()
    return count(
        len(entries),
        facts,
        reading.findings,
        verified=reading.verified,
        remembered=reading.remembered,
    )


def adopted_phases(workspace: Workspace, artifact_set: str) -> frozenset[str]:
    """Return the phases of a release whose adoption verifies, each with every object it numbers."""
    reading = _Reading(
        root=workspace.root,
        config=workspace.configuration.trust,
        memory=Memory.open(workspace.state, fresh=True),  # memory is for counts alone
        now=clock.now(),
    )
    mine = [entry for entry in reading.entries() if entry.set == artifact_set]
    facts = [fact for entry in mine for fact in reading.release(entry)]
    if reading.findings:
        return frozenset()
    return frozenset(fact.phase for fact in facts if fact.family == RecordFamily.ADOPTION)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One pass over `releases/`."""

    root: Path
    config: TrustConfig
    memory: Memory
    now: str
    findings: list[AdoptedFinding] = field(default_factory=list)
    verified: int = 0
    remembered: int = 0
    _trusts: dict[tuple[tuple[str, bytes], ...], RehearsalTrust] = field(default_factory=dict)

    def entries(self) -> list[Entered]:
        """Return the ledger's entries (rule 1)."""
        path = f"{FOLDER}/{LEDGER}"
        try:
            refuse_links(self.root, FOLDER)
            data = read_small(self.root / path, MAX_LEDGER)
            digest = str(Digest.of(data))
            known = self.memory.entries(digest)
            if known is None:
                known = [_entered(entry) for entry in Ledger.parse(data).entries]
                self.memory.learn_entries(digest, known)
        except FileNotFoundError:
            return []
        except (OSError, MalformedError, UntrustedError) as error:
            what = f"nothing adopted is counted: the ledger cannot be believed: {error}"
            self._find("ledger", what, path, f"git log -p -- {path}")
            return []
        return known

    def orphans(self, known: set[str]) -> None:
        """Tell of folders that the ledger does not name (rule 2)."""
        try:
            with os.scandir(self.root / FOLDER) as listing:
                names = sorted(entry.name for entry in listing if "__" in entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            if name not in known:
                where = f"{FOLDER}/{name}"
                what = "the ledger has no entry for it, so nothing of it is counted"
                self._find("orphan", what, where, f"git log --oneline -- {where}")

    def release(self, entry: Entered) -> Iterator[Fact]:
        """Yield what verification found of a release's records (rules 2 to 5)."""
        before = len(self.findings)
        try:
            data = self._bytes(entry, OBJECTS, entry.objects)
            known = self.memory.objects(entry)
            if known is not None and (facts := self._again(entry, *known)) is not None:
                yield from facts
            else:
                yield from self._anew(entry, data)
        except _WrongError as error:
            self.findings.append(error.finding)
        if len(self.findings) > before:
            self.memory.forget(entry)

    def _again(self, entry: Entered, trust: str, looked: list[Looked]) -> list[Fact] | None:
        """Return what is remembered of those objects that have their bytes still.

        None if the keys are other ones, or not good now: then all of it is verified anew.
        """
        keys = [(item.path, item.digest) for item in looked if item.key]
        believed = self._trust(entry, keys)
        if str(believed.digest) != trust or not _good(believed, self.now):
            return None
        facts = []
        for path, digest, fact, key in looked:
            if key:  # read with the others above
                continue
            try:
                self._bytes(entry, path, digest)
            except _WrongError as error:
                self.findings.append(error.finding)
                continue
            if fact is not None:
                facts.append(fact)
        self.remembered += len(facts)
        return facts

    def _anew(self, entry: Entered, data: bytes) -> Iterator[Fact]:
        objects = self._parse(entry, data)
        keys = [(item.path, item.digest) for item in objects if item.kind is Kind.KEY]
        trust = self._trust(entry, keys)
        looked, before = [], len(self.findings)
        for item in objects:
            fact = None
            try:
                content = self._bytes(entry, item.path, item.digest)
                if item.kind in _SIGNED:
                    fact = self._verify(entry, item, content, trust)
            except _WrongError as error:
                self.findings.append(error.finding)
                continue
            looked.append(Looked(item.path, item.digest, fact, item.kind is Kind.KEY))
            if fact is not None:
                yield fact
        if len(self.findings) == before:
            self.memory.learn(entry, str(trust.digest), looked)

    def _parse(self, entry: Entered, data: bytes) -> tuple[Numbered, ...]:
        try:
            objects = Objects.parse(data, entry.set).objects
        except MalformedError as error:
            raise self._wrong("objects", str(error), entry, OBJECTS) from error
        if [item.number for item in objects] != list(range(entry.first, entry.last + 1)):
            what = f"its numbers are not {entry.first} to {entry.last}, which {entry.id} took"
            raise self._wrong("objects", what, entry, OBJECTS)
        return objects

    def _trust(self, entry: Entered, keys: list[tuple[str, str]]) -> RehearsalTrust:
        pems = tuple((path, self._bytes(entry, path, digest)) for path, digest in keys)
        if pems not in self._trusts:
            try:
                self._trusts[pems] = of_keys(pems, self.config)
            except MalformedError as error:
                raise self._wrong("keys", f"its keys are none: {error}", entry, "keys") from error
        return self._trusts[pems]

    def _verify(self, entry: Entered, item: Numbered, data: bytes, trust: RehearsalTrust) -> Fact:
        self.verified += 1
        try:
            believed = verify_bundle(data, trust, now=self.now)
        except RefusedError as error:
            raise self._wrong("refused", f"it is refused: {error}", entry, item.path) from error
        if believed.statement.predicate_type not in RECORDS:
            raise self._wrong("refused", "it is no record", entry, item.path)
        fact = Fact.of(believed)
        phase = None if item.phase is None else item.phase.value
        wrong = fact.differences(entry, item.family, phase)
        if fact.record_id != item.id or not item.id.startswith(f"{entry.set}__"):
            wrong.append(f"its id is {fact.record_id}, not {item.id}")
        if wrong:
            raise self._wrong("misplaced", "; ".join(wrong), entry, item.path)
        return fact

    def _bytes(self, entry: Entered, path: str, digest: str) -> bytes:
        """Return an object's bytes, hashed now (rule 3)."""
        try:
            data = read_small(f"{self.root}/{FOLDER}/{entry.set}/{path}", MAX_OBJECT)
        except OSError as error:
            kind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
            what = f"it cannot be read: {error.strerror or error}"
            raise self._wrong(kind, what, entry, path) from error
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise self._wrong("changed", "its bytes are not those that were adopted", entry, path)
        return data

    def _wrong(self, name: str, what: str, entry: Entered, path: str) -> _WrongError:
        where = f"{FOLDER}/{entry.set}/{path}"
        restore = name in {"missing", "changed", "unreadable"}
        command = f"git restore -- {where}" if restore else f"git log -p -- {FOLDER}/{entry.set}"
        return _WrongError(AdoptedFinding(f"adopted.{name}", what, where, command))

    def _find(self, name: str, what: str, where: str, command: str) -> None:
        self.findings.append(AdoptedFinding(f"adopted.{name}", what, where, command))


def _entered(entry: Entry) -> Entered:
    return Entered(
        id=entry.id,
        set=entry.set,
        run=entry.run,
        target=entry.target,
        version=entry.version,
        objects=entry.objects,
        first=entry.first,
        last=entry.max_after,
    )


def _good(trust: RehearsalTrust, now: str) -> bool:
    """Tell whether every key may be relied upon now, so that verification would say what it did."""
    return all(not key.revoked and key.valid_from <= now < key.valid_until for key in trust.keys)
