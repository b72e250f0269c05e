"""`objects.json` of an adopted release: what it added to the checked-in truth, by number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

import pydantic

from pipeline.core.canonical import MalformedError, canonical, check_path, load_canonical
from pipeline.core.ledger.entry import Number, Plain, SetId
from pipeline.core.ledger.lines import MAX_LINE, render, split
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText
from pipeline.core.release import Phase

SCHEMA = "https://release-ladder.readthedocs.io/schemas/objects/v1"


class Kind(StrEnum):
    """What an object is."""

    BUNDLE = "bundle"
    """A phase's evidence bundle, by its seal, which binds all of its files."""
    RECORD = "record"
    """A signed record."""
    REVIEW = "review"
    """The review contract that was applied."""
    KEY = "key"
    """A public key that signed something of the release."""
    ADOPTION = "adoption"
    """A phase's signed adoption record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An object that has no number yet."""

    id: str
    kind: Kind
    path: str
    digest: str
    family: str | None = None
    phase: Phase | None = None


class Numbered(Model):
    """An object with its number: one of a kind, in all of `releases/`."""

    number: Number
    id: Plain
    kind: Kind
    family: Plain | None
    phase: Phase | None
    path: Annotated[str, pydantic.StringConstraints(min_length=1, max_length=1000)]
    """Relative to the release's folder."""
    digest: DigestText


class Objects(Model):
    """All objects of one adopted release, by rising number."""

    set: SetId
    objects: tuple[Numbered, ...]

    @classmethod
    def of(cls, artifact_set: str, drafts: list[Draft], first: int) -> Self:
        """Number the objects of a release from `first` on, in the order given."""
        numbered = [
            {
                "number": number,
                "id": draft.id,
                "kind": draft.kind.value,
                "family": draft.family,
                "phase": None if draft.phase is None else draft.phase.value,
                "path": draft.path,
                "digest": draft.digest,
            }
            for number, draft in enumerate(drafts, first)
        ]
        return cls.from_json({"set": artifact_set, "objects": numbered})

    @classmethod
    def parse(cls, data: bytes, artifact_set: str) -> Self:
        """Read a release's `objects.json` strictly (`MalformedError`): its one form, its own set.

        Numbers rise by one, no id or path stands twice, and paths are portable.
        """
        members = {"schema": SCHEMA, "set": artifact_set}
        items = [load_canonical(line, limit=MAX_LINE) for line in split(data, members, "objects")]
        read = cls.from_json({"set": artifact_set, "objects": items})
        if read.render() != data:
            msg = "not in the one form that this file has"
            raise MalformedError(msg)
        first = read.objects[0].number if read.objects else 1
        for number, item in enumerate(read.objects, first):
            check_path(item.path)
            if item.number != number:
                msg = f"object {item.number} stands where {number} is due: a gap or an overlap"
                raise MalformedError(msg)
        for name in ("id", "path"):
            seen: set[str] = set()
            for item in read.objects:
                value = getattr(item, name)
                if value in seen:
                    msg = f"the {name} {value!r} stands twice"
                    raise MalformedError(msg)
                seen.add(value)
        return read

    def render(self) -> bytes:
        """Return the bytes of `objects.json`."""
        items = [canonical(item.to_dict()) for item in self.objects]
        return render({"schema": SCHEMA, "set": self.set}, "objects", items)
