"""Adopting a release: the review contract, its application, and its undoing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.core.adoption import Contract
from pipeline.edges import clock
from pipeline.edges.files import keep_out_of_git, make_folder, remove_tree, write_atomically
from pipeline.errors import ConflictError, HeldError, UntrustedError
from pipeline.operations.adoption import contract as contracts
from pipeline.operations.adoption.authority import check_authority, plain
from pipeline.operations.adoption.commit import clear_aside, put_in, take_out
from pipeline.operations.adoption.gate import gate_holds
from pipeline.operations.adoption.intent import LEASE
from pipeline.operations.adoption.overlooked import overlooked
from pipeline.operations.adoption.record import Act
from pipeline.operations.adoption.settle import settle, settle_held
from pipeline.operations.adoption.shelf import RELEASES, Shelf, read_shelf
from pipeline.operations.adoption.sources import below_root, open_sources, phase_folders
from pipeline.operations.adoption.staging import Reviewed, stage
from pipeline.operations.adoption.standing import refuse_abandoned
from pipeline.operations.adoption.uncommitted import refuse_uncommitted, uncommitted
from pipeline.operations.adoption.undo import undo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.core.ledger import Entry
    from pipeline.operations.adoption.sources import Sources
    from pipeline.operations.workspace import Workspace

AGAIN = "write the contract anew with `invoke adopt --from DIR`, and review it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """A contract, where it was written (`None` on a dry run), and what would hold it today."""

    contract: Contract
    path: str | None
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An adoption that was applied or undone, or would be."""

    id: str
    set: str
    folder: str
    first: int
    last: int | None
    dry_run: bool
    overlooked: tuple[str, ...] = ()
    """Files of the release that git ignores: `git add` alone would leave them out."""


def review(workspace: Workspace, folder: Path, *, dry_run: bool) -> Reviewing:
    """Verify the bundles of a run and write the contract that somebody may review."""
    if not dry_run:
        settle(workspace, by_person=True)
    below_root(workspace, folder)
    sources = open_sources(phase_folders(folder.absolute()), workspace.trust)
    refuse_abandoned(workspace, sources)
    made = contracts.make(workspace, sources, read_shelf(workspace.root).ledger)
    holds = (*uncommitted(workspace.root), *_holds(workspace, sources, made))
    if dry_run:
        return Reviewing(contract=made, path=None, holds=holds)
    place = workspace.root / contracts.REVIEWS
    make_folder(place)
    keep_out_of_git(place)
    write_atomically(place / f"{made.set}.review.json", made.to_bytes())
    return Reviewing(contract=made, path=f"{contracts.REVIEWS}/{made.set}.review.json", holds=holds)


def apply(workspace: Workspace, file: Path, *, adopter: str, reference: str, dry_run: bool) -> Done:
    """Apply a reviewed contract: verify all of it again, and put the release into `releases/`."""
    act = Act(
        adopter=plain("--adopter", adopter),
        reference=plain("--reference", reference),
        at=clock.now(),
    )
    given = contracts.read_contract(file)
    if dry_run:
        shelf = read_shelf(workspace.root)
        _reviewed(workspace, shelf, given, act, file)
        entry_id = f"adoption-{len(shelf.ledger.entries) + 1}"
        return _done(given.set, entry_id, (shelf.ledger.next_free, None), dry_run=True)
    with workspace.lease(LEASE):
        settle_held(workspace)
        shelf = read_shelf(workspace.root)
        reviewed = _reviewed(workspace, shelf, given, act, file)
        aside = clear_aside(workspace)
        try:
            adopted = stage(workspace, shelf, reviewed, aside)
            put_in(workspace, given.set, adopted.ledger.render(), shelf.digest)
        finally:
            remove_tree(aside)
    entry = adopted.entry
    done = _done(entry.set, entry.id, (entry.first, entry.max_after), dry_run=False)
    return replace(done, overlooked=overlooked(workspace.root, done.folder))


def revert(workspace: Workspace, name: str, *, dry_run: bool) -> Done:
    """Undo the newest adoption, named by its id or its artifact set, byte for byte."""
    if dry_run:
        shelf = read_shelf(workspace.root)
        entry = _newest(shelf, name)
        undo(shelf.folder, shelf.ledger, entry)
        return _done(entry.set, entry.id, (entry.first, entry.max_after), dry_run=True)
    with workspace.lease(LEASE):
        settle_held(workspace)
        shelf = read_shelf(workspace.root)
        entry = _newest(shelf, name)
        before = undo(shelf.folder, shelf.ledger, entry)
        take_out(workspace, entry.set, (str(shelf.digest), before))
    return _done(entry.set, entry.id, (entry.first, entry.max_after), dry_run=False)


def _done(
    artifact_set: str, entry_id: str, numbers: tuple[int, int | None], *, dry_run: bool
) -> Done:
    return Done(
        id=entry_id,
        set=artifact_set,
        folder=f"{RELEASES}/{artifact_set}",
        first=numbers[0],
        last=numbers[1],
        dry_run=dry_run,
    )


def _reviewed(
    workspace: Workspace, shelf: Shelf, given: Contract, act: Act, file: Path
) -> Reviewed:
    """Make the contract again and compare: 14, 11 or 10 for what is not as it was reviewed."""
    taken = shelf.entry(given.set)
    if taken is not None:
        raise ConflictError(
            f"{given.set} is adopted already, as {taken.id}",
            where=f"{RELEASES}/{given.set}",
            todo=f"look at it: invoke verify --evidence {RELEASES}/{given.set}",
        )
    refuse_uncommitted(workspace.root)
    sources = _sources_of(workspace, given)
    refuse_abandoned(workspace, sources)
    now = contracts.make(workspace, sources, shelf.ledger)
    _compare(given, now, file)
    policy = contracts.policy_of(workspace, sources)
    holds = list(_holds(workspace, sources, now))
    if holds or policy is None:
        raise HeldError(
            "; ".join(holds),
            where="config/policies/adoption.yaml",
            todo="climb on, or release anew under today's policies; then write a new contract",
        )
    check_authority(workspace, policy, act.adopter)
    return Reviewed(contract=now, sources=sources, policy=policy, act=act)


def _holds(workspace: Workspace, sources: Sources, contract: Contract) -> Iterator[str]:
    """Yield what the adoption policy and the release target gate hold against it, in words."""
    yield from contracts.holds(contracts.policy_of(workspace, sources), contract)
    yield from gate_holds(workspace, sources)


def _sources_of(workspace: Workspace, given: Contract) -> Sources:
    folders = [workspace.root / source.path for source in given.sources]
    for folder in folders:
        below_root(workspace, folder)
        if not folder.is_dir():
            raise UntrustedError(
                "a bundle of the contract is not there any more", where=str(folder), todo=AGAIN
            )
    return open_sources(folders, workspace.trust)


_POLICY_FIELDS = ("adoption_policy", "adopted_record_ids", "current_policies", "policies_status")


def _compare(given: Contract, now: Contract, file: Path) -> None:
    """Refuse a contract that is not the one that would be made now."""
    changed = given.differences(now)
    policy = [one for one in changed if one.startswith(_POLICY_FIELDS) or ".adopted " in one]
    other = [one for one in changed if one not in policy and not one.startswith("ledger.")]
    if other:
        raise UntrustedError(
            f"the evidence is not as it was reviewed: {'; '.join(other[:3])}",
            where=str(file),
            todo=AGAIN,
        )
    if policy:
        raise HeldError(
            f"the policies are not those of the review: {'; '.join(policy[:3])}",
            where=str(file),
            todo=AGAIN,
        )
    if changed:
        raise ConflictError(
            f"the ledger moved since the review: {'; '.join(changed)}", where=str(file), todo=AGAIN
        )


def _newest(shelf: Shelf, name: str) -> Entry:
    entry = shelf.ledger.find(name)
    if entry is None:
        raise ConflictError(
            f"nothing is adopted under the name {name!r}",
            where=f"{RELEASES}/ledger.json",
            todo="name the artifact set or the id of an entry, as adoption-1",
        )
    newest = shelf.ledger.entries[-1]
    if entry != newest:
        raise ConflictError(
            f"{entry.id} is not the newest adoption: {newest.id} rests on it",
            where=f"{RELEASES}/ledger.json",
            todo=f"undo that one first: invoke adopt --revert {newest.id}",
        )
    return entry
