"""What was verified of adopted releases before, remembered from one command to the next.

Verification of a record is a function of its bytes, the trust, the time within which its keys are
good, and the code that verifies. So what it found is remembered under the digest of a release's
`objects.json`, which names each object by its digest, and under the digest of the trust; the file
is void for another format or another version of this package's code. Whoever asks hashes the bytes
anew, and looks at the keys' time: only signatures and forms are not gone through again.

What is remembered decides nothing. The counts of `posture` alone are made with it; no gate, no
`promote`, no `adopt`, no `verify` reads it, and `posture --fresh` does without. See `sealed_file`
for what its secret is worth. It holds no more than what the last count was made of.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.adopted import Entered, Fact
from pipeline.core.release import OriginClass
from pipeline.edges import sealed_file
from pipeline.edges.files import keep_out_of_git
from pipeline.errors import LadderError
from pipeline.operations.adopted_object import Looked

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 1
"""Version of the file's form: another one is not read."""
FOLDER, NAME = "memory", "adopted"
MAX_BYTES = 128 * 1024 * 1024
"""Largest file that is read or written: some 25,000 releases. What is beyond is not remembered."""
_CODE = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Memory:
    """What is remembered, and what is to be: only what is asked for or added stays."""

    folder: Path
    bound: str
    old_ledger: dict[str, Any] = field(default_factory=dict)
    old_sets: dict[str, Any] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, state: Path, *, fresh: bool = False) -> Memory:
        """Read the file below a folder of local state; with `fresh`, or if it is none, nothing."""
        memory = cls(folder=state / FOLDER, bound=f"adopted {FORMAT} {_code()}")
        data = None
        if not fresh:
            data = sealed_file.load(memory.folder, NAME, memory.bound, MAX_BYTES)
        if data is not None:
            try:
                read = json.loads(data)
                memory.old_ledger, memory.old_sets = dict(read["ledger"]), dict(read["sets"])
            except (ValueError, KeyError, TypeError, RecursionError):
                pass  # as if there were none
        return memory

    def entries(self, ledger: str) -> list[Entered] | None:
        """Return the entries of a ledger by the digest of its file, if they were checked before."""
        known = self.old_ledger.get(ledger)
        try:
            found = None if known is None else [Entered(*line) for line in known]
        except TypeError:
            return None
        if found is not None:
            self.ledger = {ledger: known}
        return found

    def learn_entries(self, ledger: str, entries: Sequence[Entered]) -> None:
        """Remember the entries of a ledger that was checked."""
        self.ledger = {ledger: [list(entry) for entry in entries]}

    def objects(self, entry: Entered) -> tuple[str, list[Looked]] | None:
        """Return the digest of the trust, and the objects of a release that were verified."""
        known = self.old_sets.get(entry.objects)
        try:
            found = None if known is None else (str(known["trust"]), _read(entry, known))
        except (KeyError, TypeError, ValueError, IndexError):
            return None
        if found is not None:
            self.sets[entry.objects] = known
        return found

    def forget(self, entry: Entered) -> None:
        """Let go of a release: something is not as it was."""
        self.sets.pop(entry.objects, None)

    def learn(self, entry: Entered, trust: str, looked: Sequence[Looked]) -> None:
        """Remember a release of which everything was verified and nothing was found."""
        self.sets[entry.objects] = _told(entry, trust, looked)

    def save(self) -> None:
        """Write the file if it would be another one; a disk that refuses costs time alone."""
        same = self.ledger == self.old_ledger and self.sets.keys() == self.old_sets.keys()
        if same and all(known is self.old_sets[name] for name, known in self.sets.items()):
            return
        sets = self.sets
        while len(body := _dumped({"ledger": self.ledger, "sets": sets})) > MAX_BYTES:
            sets = dict(islice(sets.items(), len(sets) * MAX_BYTES // (len(body) + 1)))
        with suppress(LadderError):
            keep_out_of_git(self.folder.parent)
            sealed_file.save(self.folder, NAME, self.bound, body)


def _dumped(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _code() -> str:
    """Return the digest of this package's sources: other code could find something else."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(f"{path.relative_to(_CODE)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _told(entry: Entered, trust: str, looked: Sequence[Looked]) -> dict[str, Any]:
    """Return a release's form in the file; what all of its records share stands there once."""
    who: dict[tuple[str, str, str], int] = {}
    objects = []
    for item in looked:
        fact = item.fact
        short: list[Any] | None = None
        if fact is not None:
            signer = (fact.key_id, fact.principal, fact.origin.value)
            at = who.setdefault(signer, len(who))
            name = fact.record_id.removeprefix(entry.set)
            flags = (fact.provenance, fact.approved)
            short = [name, fact.family, at, fact.channel, fact.phase, *flags]
        objects.append([item.path, item.digest, item.key or short])
    return {"entry": list(entry[1:]), "trust": trust, "who": list(who), "objects": objects}


def _read(entry: Entered, known: dict[str, Any]) -> list[Looked]:
    if known["entry"] != list(entry[1:]):
        msg = "the ledger says something else of these objects now"
        raise ValueError(msg)
    who = [(OriginClass(origin), name, key) for key, name, origin in known["who"]]
    head = (entry.set, entry.run, entry.version, entry.target)
    found = []
    for path, digest, short in known["objects"]:
        fact = None
        if isinstance(short, list):
            name, family, at, *rest = short
            fact = Fact(entry.set + name, family, *who[at], *head, *rest)
        found.append(Looked(path, digest, fact, short is True))
    return found
