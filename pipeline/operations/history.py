"""A run's history as the store has it: context, journal, signed heads. Reading it checks it.

Rules, by number:

1. The context is the one that the run's name says.
2. The journal's chain holds, its first entry binds the context, and its entries say what those of
   attempts say (`core.attempts`); only an unterminated last line is dropped.
3. The journal extends every signed head: one cut behind a seal is refused.
4. The clock is not behind the newest entry.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.core.attempts import check_attempts
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.journal import Entry, Journal, Status
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.release import Phase, RunContext
from pipeline.core.statement import EVIDENCE_BUNDLE
from pipeline.edges import clock
from pipeline.errors import ConflictError, UntrustedError
from pipeline.operations.believe import believe
from pipeline.operations.identify import read_context

if TYPE_CHECKING:
    from pipeline.core.ladder import Ladder
    from pipeline.core.release import Identity
    from pipeline.edges.store import Lease, Store
    from pipeline.operations.workspace import Workspace

RESTORE = "the store was changed from outside; restore it from a copy you trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A signed head of the journal: its name in the store, its bundle and what it says."""

    name: str
    bundle: bytes
    manifest: Digest
    """Digest of the HASH_MANIFEST.txt that it seals."""
    said: EvidenceBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as the store has it, checked."""

    context: RunContext
    journal: Journal
    seals: tuple[Seal, ...]

    @property
    def where(self) -> str:
        """How errors name the run."""
        return f"run {self.context.run} ({self.context.channel} {self.context.version})"

    def sealed(self, phase: Phase) -> Seal | None:
        """Return the newest seal of a phase."""
        mine = [seal for seal in self.seals if seal.said.phase is phase]
        return max(mine, key=lambda seal: seal.said.journal.entries, default=None)


def run_lease(identity: Identity) -> str:
    """Return the name of the lease that is held while something works on a release's run."""
    return f"{identity.target}/{identity.run}"


def find(workspace: Workspace, identity: Identity) -> Run | None:
    """Return the run, checked by the four rules; `None` when it was never begun."""
    name = f"runs/{identity.run}"
    data = workspace.store.read(name)
    if data is None:
        if workspace.store.read_journal(identity.run):
            raise UntrustedError(
                "the run's context is missing", where=f"store: {name}", todo=RESTORE
            )
        return None
    context = read_context(data, name)
    journal = read_journal(workspace.store, context)
    run = Run(context=context, journal=journal, seals=())
    newest = journal.entries[-1].at if journal.entries else context.started_at
    if clock.now() < newest:
        raise UntrustedError(
            f"this machine's clock is behind the newest evidence ({newest})",
            where=run.where,
            todo="set the clock right; evidence dated in the future cannot be believed",
        )
    return replace(run, seals=tuple(_seals(workspace, run)))


def find_or_begin(workspace: Workspace, identity: Identity, ladder: Ladder) -> Run:
    """Return the run, begun now if it never was. Another ladder's run is a conflict (14)."""
    run = find(workspace, identity)
    if run is None:
        context = RunContext.begin(
            identity, ladder=ladder.ladder, audit=uuid.uuid4(), now=clock.now()
        )
        workspace.store.create(f"runs/{identity.run}", context.to_bytes())
        run = find(workspace, identity)
    if run is None or run.context.ladder != ladder.ladder:
        begun = run.context.ladder if run else "nobody"
        raise ConflictError(
            f"this release was begun on the ladder {begun!r}, not on {ladder.ladder!r}",
            where=f"channel {ladder.channel}, gate {ladder.gate}, version {identity.version}",
            todo="give the ladder a channel or gate of its own",
        )
    return run


def read_journal(store: Store, context: RunContext) -> Journal:
    """Read a run's journal and check rule 2."""
    try:
        journal = Journal.parse(store.read_journal(context.run), context=context.digest)
        check_attempts(journal, context=context.digest)
    except MalformedError as error:
        raise UntrustedError(
            f"the journal cannot be believed: {error}", where=f"run {context.run}", todo=RESTORE
        ) from error
    return journal


def again(workspace: Workspace, run: Run) -> Run:
    """Return the run with its journal as it lies in the store now, checked."""
    return replace(run, journal=read_journal(workspace.store, run.context))


def append(
    workspace: Workspace,
    run: Run,
    lease: Lease,
    *,
    step_id: str,
    status: Status,
    started_at: str,
    inputs: dict[str, Any],
    outputs: dict[str, Any],
) -> Run:
    """Append an entry, durably, and return the run with it. For an end this is the commit point."""
    entry = Entry.make(
        step_id=step_id,
        name=step_id.rpartition("/")[0],
        status=status,
        started_at=started_at,
        completed_at=None if status is Status.BEGIN else max(clock.now(), started_at),
        inputs=inputs,
        outputs=outputs,
        prev_hash=run.journal.head,
    )
    head = run.journal.head
    expected = Digest.parse(head) if head else None
    workspace.store.append(run.context.run, entry.to_line(), expected=expected, lease=lease)
    return replace(run, journal=Journal((*run.journal.entries, entry)))


def seal_name(run: str, entries: int, phase: Phase, manifest: Digest) -> str:
    """Return the create-only name of a seal: the digest of the HASH_MANIFEST is in it."""
    return f"seals/{run}/{entries:06d}-{phase.value}-{manifest.hex}"


def _seals(workspace: Workspace, run: Run) -> list[Seal]:
    found = []
    for name in workspace.store.names(f"seals/{run.context.run}/"):
        bundle = workspace.store.read(name) or b""
        believed = believe(workspace.trust, bundle, where=f"store: {name}")
        if believed.statement.predicate_type != EVIDENCE_BUNDLE:
            raise UntrustedError("a seal that is none", where=f"store: {name}", todo=RESTORE)
        said = EvidenceBundle.from_json(believed.statement.predicate)
        manifest = believed.statement.subjects[0].digest
        _check_head(run, said, name)
        if name != seal_name(run.context.run, said.journal.entries, said.phase, manifest):
            raise UntrustedError(
                "a seal under another's name", where=f"store: {name}", todo=RESTORE
            )
        found.append(Seal(name=name, bundle=bundle, manifest=manifest, said=said))
    return found


def _check_head(run: Run, said: EvidenceBundle, name: str) -> None:
    if (said.run, said.context) != (run.context.run_id, str(run.context.digest)):
        raise UntrustedError("a seal of another run", where=f"store: {name}", todo=RESTORE)
    entries = run.journal.entries
    count = said.journal.entries
    if count > len(entries):
        raise UntrustedError(
            f"the journal has {len(entries)} entries, but one with {count} was signed: it was cut",
            where=run.where,
            todo=RESTORE,
        )
    if entries[count - 1].entry_hash != said.journal.head:
        raise UntrustedError(
            f"entry {count} of the journal is not the one that was signed",
            where=run.where,
            todo=RESTORE,
        )
