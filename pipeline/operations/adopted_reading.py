"""Adopted releases, read and verified as they lie in `releases/`.

Rules, by number; what breaks one is not counted, and told as a finding:

1. The ledger holds by its own rules (`core.ledger`); without it nothing counts.
2. A release's `objects.json` is the one that its entry names, and numbers what the entry took; a
   folder without an entry is an orphan.
3. Every object's bytes are hashed anew and have the digest that `objects.json` names.
4. The release's own keys verify each record (`adoption.key_trust`), and nobody else's; a key that
   config/trust.yaml revokes, or that is not valid now, verifies nothing.
5. A record is of this release, run, version, target, family and phase, under its own id.
6. Each phase that has a record has the bundle that was adopted (`adopted_seals`).
7. The release's folder, and every folder on the way to an object, is no symbolic link.
8. The commit at HEAD has the ledger's entry (`committed`): what it has not is not checked in.

Of these, 1, the form of 2, and 4 to 6 may be remembered (`operations.memory`, for counts alone),
the rest never. It costs what there is: each numbered object is opened once. What else lies in a
bundle, contracts and reverse patches are gone through by `verify`; here they are bytes with a
digest, or not looked at.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipeline.core import bundle
from pipeline.core.adopted import AdoptedFinding, Entered, Fact
from pipeline.core.adopted_paths import FOLDER, LEDGER
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger import Kind, Ledger, Objects
from pipeline.core.statement import RECORDS
from pipeline.edges.hashing import read_small
from pipeline.edges.links import refuse_links
from pipeline.errors import UntrustedError
from pipeline.operations.adopted_object import (
    Looked,
    WrongError,
    bytes_of,
    entered,
    good,
    refuse_linked,
    wrong,
)
from pipeline.operations.adopted_seals import Sealed, seal_path, sealed, sources_of, unnamed
from pipeline.operations.adoption.key_trust import of_keys
from pipeline.operations.adoption.shelf import ADOPTION, MAX_LEDGER
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.core.evidence import Believed
    from pipeline.core.ledger import Numbered
    from pipeline.core.trust import TrustConfig
    from pipeline.proof.trust import RehearsalTrust

OBJECTS = "objects.json"
_SIGNED = frozenset({Kind.RECORD, Kind.ADOPTION})


class Remembering(Protocol):
    """What knows of an earlier pass, or of none."""

    def entries(self, digest: str) -> list[Entered] | None:
        """Return the entries of a ledger with this digest."""

    def learn_entries(self, digest: str, entries: list[Entered]) -> None:
        """Take the entries of a ledger that holds by its rules."""

    def objects(self, entry: Entered) -> tuple[str, list[Looked]] | None:
        """Return the digest of the trust that verified a release, and its objects."""

    def learn(self, entry: Entered, trust: str, looked: Sequence[Looked]) -> None:
        """Take a release that was verified, all of it."""

    def forget(self, entry: Entered) -> None:
        """Drop a release about which something is wrong."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """One pass over `releases/`; what was verified before is asked of `memory`."""

    root: Path
    config: TrustConfig
    memory: Remembering
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
                known = [entered(entry) for entry in Ledger.parse(data).entries]
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

    def uncommitted(self, first: Entered, number: int) -> None:
        """Tell of adoptions that the commit at HEAD does not have (rule 8)."""
        more = f", and {number - 1} more" if number > 1 else ""
        what = f"{first.set}{more}: the ledger at HEAD has no entry for it, so it is not counted"
        command = f"git add {FOLDER} && git commit"
        self._find("not_committed", what, f"{FOLDER}/{LEDGER}", command)

    def release(self, entry: Entered) -> Iterator[Fact]:
        """Yield what verification found of a release's records (rules 2 to 7)."""
        before = len(self.findings)
        try:
            refuse_linked(self.root, entry, ())
            data = bytes_of(self.root, entry, OBJECTS, entry.objects)
            known = self.memory.objects(entry)
            if known is not None and (facts := self._again(entry, *known)) is not None:
                yield from facts
            else:
                yield from self._anew(entry, data)
        except WrongError as error:
            self.findings.append(error.finding)
        if len(self.findings) > before:
            self.memory.forget(entry)

    def _again(self, entry: Entered, trust: str, looked: list[Looked]) -> list[Fact] | None:
        """Return what is remembered of those objects that have their bytes still.

        None if the keys are other ones, or not good now: then all of it is verified anew.
        """
        keys = [(item.path, item.digest) for item in looked if item.key]
        believed = self._trust(entry, keys)
        if str(believed.digest) != trust or not good(believed, self.now):
            return None
        refuse_linked(self.root, entry, [item.path for item in looked])
        try:
            for item in looked:
                if not item.key:  # read with the others above
                    bytes_of(self.root, entry, item.path, item.digest)
        except WrongError:
            return None
        facts = [item.fact for item in looked if item.fact is not None]
        self.remembered += len(facts)
        return facts

    def _anew(self, entry: Entered, data: bytes) -> list[Fact]:
        objects = self._parse(entry, data)
        refuse_linked(self.root, entry, [item.path for item in objects])
        keys = [(item.path, item.digest) for item in objects if item.kind is Kind.KEY]
        trust = self._trust(entry, keys)
        looked, before = [], len(self.findings)
        found: dict[str, Believed] = {}
        for item in objects:
            try:
                content = bytes_of(self.root, entry, item.path, item.digest)
                if item.kind in _SIGNED:
                    found[item.path] = self._verify(entry, item, content, trust)
            except WrongError as error:
                self.findings.append(error.finding)
                continue
            fact = Fact.of(found[item.path]) if item.path in found else None
            looked.append(Looked(item.path, item.digest, fact, item.kind is Kind.KEY))
        looked += self._seals(entry, objects, found, trust)
        if len(self.findings) == before:
            self.memory.learn(entry, str(trust.digest), looked)
        return [item.fact for item in looked if item.fact is not None]

    def _seals(
        self,
        entry: Entered,
        objects: tuple[Numbered, ...],
        found: dict[str, Believed],
        trust: RehearsalTrust,
    ) -> list[Looked]:
        """Check that each phase has its bundle (rule 6); return each HASH_MANIFEST.txt."""
        listed = {item.path: item.digest for item in objects if item.kind is Kind.BUNDLE}
        seals: dict[str, Sealed] = {}
        looked = []
        for phase in dict.fromkeys(i.phase.value for i in objects if i.phase is not None):
            path = seal_path(phase)
            if path not in listed:
                raise wrong("no_bundle", f"{phase} has no bundle", entry, path)
            data = bytes_of(self.root, entry, path, listed[path])
            seal = sealed(entry, phase, data, trust, self.now)
            if isinstance(seal, str):
                raise wrong("no_bundle", seal, entry, path)
            seals[phase] = seal
            manifest = f"{phase}/{bundle.HASH_MANIFEST}"
            bytes_of(self.root, entry, manifest, seal.manifest)
            looked.append(Looked(manifest, seal.manifest, None))
        if odd := unnamed(seals, sources_of(found.values())):
            raise wrong("no_bundle", odd, entry, ADOPTION)
        return looked

    def _parse(self, entry: Entered, data: bytes) -> tuple[Numbered, ...]:
        try:
            objects = Objects.parse(data, entry.set).objects
        except MalformedError as error:
            raise wrong("objects", str(error), entry, OBJECTS) from error
        if [item.number for item in objects] != list(range(entry.first, entry.last + 1)):
            what = f"its numbers are not {entry.first} to {entry.last}, which {entry.id} took"
            raise wrong("objects", what, entry, OBJECTS)
        return objects

    def _trust(self, entry: Entered, keys: list[tuple[str, str]]) -> RehearsalTrust:
        pems = tuple((path, bytes_of(self.root, entry, path, digest)) for path, digest in keys)
        if pems not in self._trusts:
            try:
                self._trusts[pems] = of_keys(pems, self.config)
            except MalformedError as error:
                raise wrong("keys", f"its keys are none: {error}", entry, "keys") from error
        return self._trusts[pems]

    def _verify(
        self, entry: Entered, item: Numbered, data: bytes, trust: RehearsalTrust
    ) -> Believed:
        self.verified += 1
        try:
            believed = verify_bundle(data, trust, now=self.now)
        except RefusedError as error:
            raise wrong("refused", f"it is refused: {error}", entry, item.path) from error
        if believed.statement.predicate_type not in RECORDS:
            raise wrong("refused", "it is no record", entry, item.path)
        fact = Fact.of(believed)
        phase = None if item.phase is None else item.phase.value
        odd = fact.differences(entry, item.family, phase)
        if fact.record_id != item.id or not item.id.startswith(f"{entry.set}__"):
            odd.append(f"its id is {fact.record_id}, not {item.id}")
        if odd:
            raise wrong("misplaced", "; ".join(odd), entry, item.path)
        return believed

    def _find(self, name: str, what: str, where: str, command: str) -> None:
        self.findings.append(AdoptedFinding(f"adopted.{name}", what, where, command))
