"""The holds of a target: signed entries in the store, under names that are made once.

    holds/TARGET/000001, 000002, …      one signed `hold/v1` each, the newest counts

Rules, by number; what breaks one is not to be trusted (11), and then nothing is promoted:

1. The names count from 000001 without a gap.
2. The newest entry is a hold statement by a key that may make one now.
3. It is about this target of this project, has the number of its name, and names the digest of
   every entry before it, in order: so none of those can be changed, left out or put elsewhere.
4. It is not later than this machine's clock.

Entries before the newest need no key that still counts: the newest pins them. If the key of the
newest itself no longer counts, a new hold can be put on top of it (never a lift), and lifted.
Nothing here finds out that the newest entries were deleted; a decision that named one does
(`operations.recorded`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.predicates.hold import Hold, subject
from pipeline.core.statement import HOLD
from pipeline.edges import clock
from pipeline.errors import HeldError, UntrustedError
from pipeline.operations.believe import believe
from pipeline.operations.history import RESTORE

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: its bundle's digest, what was believed, and what it says."""

    digest: Digest
    believed: Believed
    said: Hold


def entry_name(target: str, number: int) -> str:
    """Return the create-only name of an entry."""
    return f"holds/{target}/{number:06d}"


def links(workspace: Workspace, target: str) -> list[bytes]:
    """Return the bundles of all entries, oldest first, as they lie there (rule 1)."""
    prefix = f"holds/{target}/"
    names = workspace.store.names(prefix)
    wanted = [entry_name(target, number) for number in range(1, len(names) + 1)]
    if names != wanted:
        odd = min(set(names) ^ set(wanted))
        raise UntrustedError(
            f"the holds of {target} do not count from 000001 without a gap",
            where=f"store: {odd}",
            todo=RESTORE,
        )
    return [workspace.store.read(name) or b"" for name in names]


def newest(workspace: Workspace, target: str) -> Entry | None:
    """Return the newest entry of a target, checked by all rules; `None` if nobody ever held it."""
    bundles = links(workspace, target)
    return entry_of(workspace, target, bundles) if bundles else None


def entry_of(workspace: Workspace, target: str, bundles: list[bytes]) -> Entry:
    """Check the last of some entries against those before it (rules 2 to 4)."""
    where = f"store: {entry_name(target, len(bundles))}"
    believed = believe(workspace.trust, bundles[-1], where=where)  # rule 2
    if believed.statement.predicate_type != HOLD:
        raise UntrustedError("a statement that is no hold", where=where, todo=RESTORE)
    said = Hold.from_json(believed.statement.predicate)
    project = workspace.configuration.project.project
    about = [item.digest for item in believed.statement.subjects]
    compared = {
        "project": (said.project, project),
        "target": (said.target, target),
        "number": (said.number, len(bundles)),
        "subject": (about, [Digest.of(subject(project, target))]),
        "entries before it": (said.previous, tuple(str(Digest.of(each)) for each in bundles[:-1])),
    }
    wrong = [name for name, (has, wants) in compared.items() if has != wants]
    if wrong:  # rule 3
        raise UntrustedError(
            f"a hold of something else stands here: {', '.join(wrong)} do not match",
            where=where,
            todo=RESTORE,
        )
    if clock.now() < said.at:  # rule 4
        raise UntrustedError(
            f"this machine's clock is behind the newest hold ({said.at})",
            where=where,
            todo="set the clock right; what is dated in the future cannot be believed",
        )
    return Entry(digest=Digest.of(bundles[-1]), believed=believed, said=said)


def as_of(workspace: Workspace, target: str, digest: str | None) -> Entry | None:
    """Return the entry of this digest as the newest it once was; if it is gone, today's newest."""
    bundles = links(workspace, target)
    if digest is None or not bundles:
        return None
    known = [str(Digest.of(each)) for each in bundles]
    upto = known.index(digest) + 1 if digest in known else len(known)
    return entry_of(workspace, target, bundles[:upto])


def refuse(workspace: Workspace, target: str) -> None:
    """Raise `HeldError` (10) while a target is held."""
    entry = newest(workspace, target)
    if entry is not None and entry.said.holds:
        raise HeldError(
            entry.said.words,
            where=f"store: {entry_name(target, entry.said.number)}",
            todo=entry.said.command,
        )
