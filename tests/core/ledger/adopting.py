"""Ledgers made by the fold, for tests that look at them, spoil them or fold on."""

from __future__ import annotations

from typing import Any

from pipeline.core.canonical import Digest, canonical, digest_of
from pipeline.core.ledger import Adopted, Adopting, Draft, Kind, Ledger, adopt
from pipeline.core.ledger.file import SCHEMA
from pipeline.core.ledger.lines import render

AT = "2026-11-20T10:00:00Z"


def digest(text: str) -> str:
    return str(Digest.of(text.encode()))


def set_id(name: str) -> str:
    """Return an artifact set id whose run follows from the name."""
    return f"home__kitchen__{name}__{digest(name)[7:23]}"


def drafts(name: str, count: int) -> list[Draft]:
    return [
        Draft(
            id=f"{set_id(name)}__{number}",
            kind=Kind.RECORD,
            family="tracking",
            path=f"pre-deploy/pour/{number}.json",
            digest=digest(f"{name} {number}"),
        )
        for number in range(count)
    ]


def adopting(name: str, count: int = 3, **changes: Any) -> Adopting:  # noqa: ANN401 - fields
    given: dict[str, Any] = {
        "set": set_id(name),
        "run": digest(f"run {name}"),
        "target": "pot",
        "version": name,
        "adopter": "Ada",
        "reference": "minutes of Friday",
        "adopted_at": AT,
        "contract": digest(f"contract {name}"),
        "drafts": drafts(name, count),
    }
    return Adopting(**{**given, **changes})


class Shelf:
    """What lies in `releases/`, as values: the ledger's bytes and each `objects.json`."""

    def __init__(self, *counts: int) -> None:
        self.data: bytes | None = None
        self.there: dict[str, bytes] = {}
        for number, count in enumerate(counts, 1):
            self.add(f"1.{number}", count)

    def add(self, name: str, count: int = 3) -> Adopted:
        adopted = adopt(self.data, self.there, adopting(name, count))
        self.data = adopted.ledger.render()
        self.there[adopted.entry.set] = adopted.objects.render()
        return adopted

    @property
    def ledger(self) -> Ledger:
        return Ledger.parse(self.data or b"")


def remade(body: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields
    """Return an entry with fields changed, whose hash is right again; `...` takes a field away."""
    new = {name: value for name, value in {**body, **changes}.items() if value is not ...}
    new.pop("entry_hash", None)
    return {**new, "entry_hash": str(digest_of(new))}


def written(entries: list[dict[str, Any]]) -> bytes:
    """Return a ledger's file of entries as they are, right or wrong."""
    return render({"schema": SCHEMA}, "entries", [canonical(entry) for entry in entries])


def rechained(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries whose hashes and `prev_hash`es are right again, and nothing else."""
    done: list[dict[str, Any]] = []
    for entry in entries:
        done.append(remade(entry, prev_hash=done[-1]["entry_hash"] if done else None))
    return done
