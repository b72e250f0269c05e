"""One entry of the ledger: an adoption, the numbers it took, and the head that it binds."""

from __future__ import annotations

from typing import Annotated, Any, Self

import pydantic

from pipeline.core.canonical import MalformedError, canonical, digest_of, load_canonical
from pipeline.core.ledger.lines import MAX_LINE
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText, Time

Number = Annotated[int, pydantic.Field(ge=1, le=2**53 - 1)]
Highest = Annotated[int, pydantic.Field(ge=0, le=2**53 - 1)]
"""The highest number that is taken; 0 when none is."""
SetId = Annotated[
    str,
    pydantic.StringConstraints(
        pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._+!-]{0,126})__){3}[0-9a-f]{16}$"
    ),
]
"""An artifact set id: `CHANNEL__GATE__VERSION__RUN`; it is the name of the release's folder."""
Plain = Annotated[str, pydantic.StringConstraints(pattern=r"^\S(?:[^\x00-\x1f\x7f]{0,498}\S)?$")]
"""Words on one line: a name, a reference."""


class Pins(Model):
    """Digests of what lies in `releases/` beside the release that is adopted."""

    ledger: DigestText | None
    """The ledger's file before this entry; `None`: there was none."""
    objects_before: DigestText
    """The list `HEX  SET/objects.json` of all releases before this one, as sha256sum writes it."""
    objects_after: DigestText
    """That list with this release's line."""


class Entry(Model):
    """An adoption: who adopted which release by which contract, and what it added."""

    id: Annotated[str, pydantic.StringConstraints(pattern=r"^adoption-[1-9][0-9]{0,15}$")]
    """`adoption-N`, N from 1."""
    set: SetId
    run: DigestText
    target: Plain
    version: Plain
    adopter: Plain
    reference: Plain
    adopted_at: Time
    contract: DigestText
    """The hash of the review contract that was applied."""
    objects: DigestText
    """The digest of the release's `objects.json`."""
    count: Number
    """How many objects it added."""
    max_before: Highest
    first: Number
    max_after: Number
    next_free: Number
    pins: Pins
    prev_hash: DigestText | None
    entry_hash: DigestText

    @classmethod
    def make(cls, body: dict[str, Any]) -> Self:
        """Make an entry of all its fields but its hash, which is made here."""
        return cls.from_json({**body, "entry_hash": str(digest_of(body))})

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read an entry: canonical JSON, no unknown field, with the hash that follows from it."""
        value = load_canonical(line, limit=MAX_LINE)
        entry = cls.from_json(value)
        if entry.entry_hash != str(digest_of(_body(value))):
            msg = "entry_hash is not the hash of the entry"
            raise MalformedError(msg)
        return entry

    def to_line(self) -> bytes:
        """Return the entry's line, without comma and newline."""
        return canonical(self.to_dict())


def _body(value: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name != "entry_hash"}
