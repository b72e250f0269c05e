"""What the baseline says of one commit, as a value: each entry as it is, and what is amiss."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, digest_of

if TYPE_CHECKING:
    from pipeline.core.baseline.model import Acceptance, Control, Criticality, InputKind
    from pipeline.core.baseline.references import Parsed


class Trouble(StrEnum):
    """What can be amiss."""

    DRIFT = "drift"
    UNSET = "unset"
    MISSING = "missing"
    TAG_ONLY = "tag_only"
    UNLISTED = "unlisted"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


class ControlState(StrEnum):
    """How an entry's files are kept, as they were found."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    DIGEST_PINNED = "digest_pinned"
    TAG_PINNED = "tag_pinned_not_digest_pinned"
    VERSIONED = "versioned"
    """In git, so each change is seen; what they name was not looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file of the commit as far as the baseline looks at it."""

    digest: Digest
    kind: InputKind | None
    """What it is by name, content, or because another input names it; `None`: only listed."""
    parsed: Parsed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryState:
    """An entry as it is at the commit."""

    id: str
    kind: InputKind
    scope: str
    criticality: Criticality
    control: Control
    state: ControlState
    digest: str
    recorded: str | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amiss:
    """One thing that is amiss: what, where, and what to do about it."""

    trouble: Trouble
    about: str
    """The entry's id, or the kind of input for what no entry has."""
    criticality: Criticality
    what: str
    files: tuple[str, ...]
    command: str
    accepted: Acceptance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineReport:
    """All that was found about one commit."""

    commit: str
    baseline: str
    """The digest of the baseline as configured."""
    entries: tuple[EntryState, ...] = ()
    amiss: tuple[Amiss, ...] = ()
    problem: str = ""
    """Why nothing could be found out; empty if it could."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        found = asdict(self)
        for one, raw in zip(self.amiss, found["amiss"], strict=True):
            raw["accepted"] = one.accepted.to_dict() if one.accepted else None
            raw["files"] = list(one.files)
        for state, raw in zip(self.entries, found["entries"], strict=True):
            raw["files"] = list(state.files)
        return found | {"entries": list(found["entries"]), "amiss": list(found["amiss"])}

    @property
    def digest(self) -> Digest:
        """The digest of the JSON form."""
        return digest_of(self.to_dict())
