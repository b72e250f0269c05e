"""The fold of an adoption into the ledger: a pure value in, a pure value out.

Rules of `audit`, by number, over the ledger and the `objects.json` of every folder that is there:

1. Every entry has its folder with the `objects.json` that it names, byte for byte (orphan).
2. Every folder has its entry (orphan).
3. A release's numbers are exactly those that its entry took (gap, overlap).
4. No object id stands in two releases (collision).

`adopt` changes nothing that was there: the new entries are the old ones and one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger.entry import Entry
from pipeline.core.ledger.file import Ledger, pinned
from pipeline.core.ledger.objects import Draft, Objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopting:
    """What an adoption brings, all but its numbers."""

    set: str
    run: str
    target: str
    version: str
    adopter: str
    reference: str
    adopted_at: str
    contract: str
    drafts: Sequence[Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The ledger with one more entry, and the new release's objects."""

    ledger: Ledger
    entry: Entry
    objects: Objects


def audit(ledger: Ledger, there: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is wrong between the ledger and the folders' `objects.json`, in words."""
    ids: dict[str, str] = {}
    for entry in ledger.entries:
        data = there.get(entry.set)
        if data is None:
            yield f"{entry.id} is an orphan: {entry.set}/objects.json is not there"
        elif str(Digest.of(data)) != entry.objects:
            yield f"{entry.set}/objects.json is not the one that {entry.id} names"
        else:
            yield from _own(entry, data, ids)
    known = {entry.set for entry in ledger.entries}
    for name in sorted(there.keys() - known):
        yield f"{name} is an orphan: the ledger has no entry for it"


def _own(entry: Entry, data: bytes, ids: dict[str, str]) -> Iterator[str]:
    try:
        objects = Objects.parse(data, entry.set)
    except MalformedError as error:
        yield f"{entry.set}/objects.json: {error}"
        return
    numbers = [item.number for item in objects.objects]
    if numbers != list(range(entry.first, entry.max_after + 1)):
        yield f"{entry.set} numbers other objects than {entry.first} to {entry.max_after}"
    for item in objects.objects:
        if item.id in ids:
            yield f"the object id {item.id} stands in {ids[item.id]} and in {entry.set}"
        ids[item.id] = entry.set


def adopt(before: bytes | None, there: Mapping[str, bytes], adopting: Adopting) -> Adopted:
    """Fold an adoption into the ledger's file as it is; `MalformedError` for any broken rule.

    `there` is the `objects.json` of every adopted release. The outcome is audited as a whole
    before it is handed out.
    """
    ledger = Ledger() if before is None else Ledger.parse(before)
    for wrong in audit(ledger, there):
        raise MalformedError(wrong)
    objects = Objects.of(adopting.set, list(adopting.drafts), ledger.next_free)
    data = objects.render()
    listed = {entry.set: entry.objects for entry in ledger.entries}
    entry = Entry.make(
        {
            "id": f"adoption-{len(ledger.entries) + 1}",
            "set": adopting.set,
            "run": adopting.run,
            "target": adopting.target,
            "version": adopting.version,
            "adopter": adopting.adopter,
            "reference": adopting.reference,
            "adopted_at": adopting.adopted_at,
            "contract": adopting.contract,
            "objects": str(Digest.of(data)),
            "count": len(objects.objects),
            "max_before": ledger.max,
            "first": ledger.next_free,
            "max_after": ledger.max + len(objects.objects),
            "next_free": ledger.next_free + len(objects.objects),
            "pins": {
                "ledger": None if before is None else str(Digest.of(before)),
                "objects_before": pinned(listed),
                "objects_after": pinned({**listed, adopting.set: str(Digest.of(data))}),
            },
            "prev_hash": ledger.head,
        }
    )
    after = Ledger.parse(Ledger((*ledger.entries, entry)).render())
    for wrong in audit(after, {**there, adopting.set: data}):
        raise MalformedError(wrong)
    return Adopted(ledger=after, entry=entry, objects=Objects.parse(data, adopting.set))
