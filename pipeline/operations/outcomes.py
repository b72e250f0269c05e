"""Outcomes: what steps left, signed and kept under their begin until the attempt ends (line 11).

Only what our signer signed is taken up again: whoever can write the store, but has no key, cannot
make a cut-off attempt pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.evidence import RUN_FILE
from pipeline.core.predicates.outcome import KeptOutcome, Outcome
from pipeline.core.statement import OUTCOME, Statement, Subject
from pipeline.errors import ConflictError, UntrustedError
from pipeline.operations.believe import believe
from pipeline.operations.keep import outcome_of

if TYPE_CHECKING:
    from pipeline.core.journal import Entry
    from pipeline.core.release import RunContext
    from pipeline.operations.attempt import Attempt
    from pipeline.operations.climb import Climb
    from pipeline.operations.workspace import Workspace

TODO = "the store was changed from outside; restore it from a copy you trust"


def keep(climb: Climb, attempt: Attempt) -> Outcome:
    """Put everything an attempt left into the store; sign the outcome, keep it under its begin."""
    store, begin = climb.workspace.store, attempt.job.begin
    outcome = outcome_of(attempt, store.put_all)
    context = climb.run.context
    run_file = store.put(context.to_bytes())
    statement = Statement(
        predicate_type=OUTCOME,
        subjects=(Subject(name=RUN_FILE, digest=run_file),),
        predicate=_bound(context, begin, outcome).to_dict(),
    )
    files = {RUN_FILE: store.local_path(run_file)}
    bundle = climb.signer.sign([statement.to_bytes()], files, {OUTCOME})[0]
    name = _name(context, begin)
    believe(climb.workspace.trust, bundle, where=f"store: {name}")
    if not store.create(name, bundle) and kept(climb.workspace, context, begin) != outcome:
        raise ConflictError(
            f"this attempt of {begin.name} has left something else before",
            where=f"store: {name}",
            todo="the journal was cut since; restore it, or release a new version",
        )
    return outcome


def kept(workspace: Workspace, context: RunContext, begin: Entry) -> Outcome | None:
    """Return what a begun attempt left before it was cut off, if it had come so far.

    What is not signed, or is of another attempt, is not to be trusted (11).
    """
    name = _name(context, begin)
    bundle = workspace.store.read(name)
    if bundle is None:
        return None
    believed = believe(workspace.trust, bundle, where=f"store: {name}")
    if believed.statement.predicate_type != OUTCOME:
        raise UntrustedError("no outcome", where=f"store: {name}", todo=TODO)
    said = KeptOutcome.from_json(believed.statement.predicate)
    if said != _bound(context, begin, said.outcome):
        what = "an outcome of another attempt"
        raise UntrustedError(what, where=f"store: {name}", todo=TODO)
    return said.outcome


def _bound(context: RunContext, begin: Entry, outcome: Outcome) -> KeptOutcome:
    return KeptOutcome(
        run=context.run_id,
        context=str(context.digest),
        stage=begin.name,
        attempt=begin.attempt,
        begin=begin.entry_hash,
        outcome=outcome,
    )


def _name(context: RunContext, begin: Entry) -> str:
    return f"outcomes/{context.run}/{Digest.parse(begin.entry_hash).hex}"
