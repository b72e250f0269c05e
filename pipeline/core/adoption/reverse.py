"""The reverse patch of an adoption: what takes it out again, byte for byte.

It follows from the ledger and from the release's files alone, so nobody has to believe it: whoever
uses it makes it again and compares.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pydantic

from pipeline.core.adoption.contract import PathText
from pipeline.core.canonical import Digest, MalformedError, canonical, load_canonical
from pipeline.core.ledger.entry import Entry, Highest, SetId
from pipeline.core.ledger.file import Ledger
from pipeline.core.ledger.lines import TAIL
from pipeline.core.model import Model
from pipeline.core.predicates.fields import DigestText

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "https://release-ladder.readthedocs.io/schemas/reverse/v1"


class Cut(Model):
    """Bytes that are taken out of the ledger's file."""

    before: DigestText | None
    """The file's digest once they are out; `None`: then the file goes as a whole."""
    after: DigestText
    """The file's digest with them."""
    offset: Highest
    length: Highest


def cuts(ledger: Ledger) -> dict[str, Cut]:
    """Return for each entry, by id, how it is cut out of the file whose newest it was."""
    start = Ledger().render()[: -len(TAIL)]
    offset, file = len(start), hashlib.sha256(start)
    found: dict[str, Cut] = {}
    for number, entry in enumerate(ledger.entries):
        line = (b"," if number else b"") + entry.to_line() + b"\n"
        file.update(line)
        after = file.copy()
        after.update(TAIL)
        found[entry.id] = Cut(
            before=entry.pins.ledger,
            after=f"sha256:{after.hexdigest()}",
            offset=offset,
            length=len(line),
        )
        offset += len(line)
    return found


class _File(Model):
    path: PathText
    digest: DigestText


class Reverse(Model):
    """How one adoption is undone: a cut in the ledger, and the files that go."""

    schema_id: Literal["https://release-ladder.readthedocs.io/schemas/reverse/v1"] = pydantic.Field(
        alias="schema"
    )
    id: Annotated[str, pydantic.StringConstraints(pattern=r"^adoption-[1-9][0-9]{0,15}$")]
    entry_hash: DigestText
    set: SetId
    ledger: Cut
    files: tuple[_File, ...]
    """All files of the release's folder but this one."""

    @classmethod
    def make(cls, entry: Entry, cut: Cut, files: Mapping[str, Digest]) -> Self:
        """Make the patch for an entry whose release's folder has these files beside the patch."""
        return cls.from_json(
            {
                "schema": SCHEMA,
                "id": entry.id,
                "entry_hash": entry.entry_hash,
                "set": entry.set,
                "ledger": cut.to_dict(),
                "files": [{"path": path, "digest": str(files[path])} for path in sorted(files)],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a patch strictly: canonical JSON of this schema."""
        return cls.from_json(load_canonical(data))

    def to_bytes(self) -> bytes:
        """Return the file's bytes."""
        return canonical(self.to_dict())

    def undo(self, after: bytes) -> bytes | None:
        """Return the ledger's file as it was before; `None`: it was not there.

        `MalformedError` when the file is not the one that the patch was made for, or what is left
        is not what was there before.
        """
        cut = self.ledger
        if str(Digest.of(after)) != cut.after:
            msg = "the ledger is not as the adoption left it"
            raise MalformedError(msg)
        if cut.before is None:
            return None
        before = after[: cut.offset] + after[cut.offset + cut.length :]
        if str(Digest.of(before)) != cut.before:
            msg = "what the patch leaves is not the ledger from before"
            raise MalformedError(msg)
        return before
