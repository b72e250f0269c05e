"""What an earlier decision was shown: the run cut to then, and what lay beside it.

From the store: the journal before the begin that names the decision, or up to the head that it
names; the live state of that begin; the imports, approvals and hold that it lists, verified anew.
From the decision itself, since nothing else has it: the time, whether the stage was named, and what
was looked at on the machine. From today: configuration, trust, checkout and code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import MalformedError, digest_of
from pipeline.core.journal import Journal, Status
from pipeline.core.launch import Launch
from pipeline.operations import holds
from pipeline.operations.deciding import approvals, shown_now
from pipeline.operations.evidence import Source, climbed, imported_by

if TYPE_CHECKING:
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.replay import Old
    from pipeline.operations.deciding import Shown
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """A run as it was when a decision was made, and the begin of the attempt under it, if any."""

    run: Run
    begin: Entry | None


def then_of(run: Run, old: Old) -> Then:
    """Cut a run's journal to what a decision was about.

    One that names a head which is not in the journal is about the whole of it, and says otherwise.
    """
    digest, entries = str(old.digest), run.journal.entries
    for index, entry in enumerate(entries):
        if entry.status is Status.BEGIN and entry.inputs["decision"] == digest:
            return Then(run=_cut(run, index), begin=entry)
    head = old.inputs.get("journal")
    known = [entry.entry_hash for entry in entries]
    if head is None and "journal" in old.inputs:
        return Then(run=_cut(run, 0), begin=None)
    upto = known.index(head) + 1 if head in known else len(known)
    return Then(run=_cut(run, upto), begin=None)


def _cut(run: Run, entries: int) -> Run:
    return replace(run, journal=Journal(run.journal.entries[:entries]))


def shown_then(
    workspace: Workspace, run: Run, then: Then, ladder: Ladder, stage: Stage, old: Old
) -> Shown:
    """Return what a decision was shown; what cannot be had from then is as it is now."""
    inputs, (evidence, _) = old.inputs, climbed(workspace, then.run, ladder)
    now = shown_now(workspace, then.run, ladder, stage, evidence)
    held = holds.as_of(workspace, ladder.target, inputs.get("hold"))
    listed = set(inputs["approvals"])
    given = approvals(workspace, then.run, stage)
    source = Source.of(workspace, then.run, ladder)
    return replace(
        now,
        live=_live(run, then, inputs, now.live),
        imports=imported_by(source, inputs["imports"]),
        imports_missing=str(inputs.get("imports_missing", "")),
        approvals=tuple(item for item in given if str(item.bundle_digest) in listed),
        hold=held.believed if held else None,
        launch=_launch(inputs, now.launch),
        now=old.said["now"],
    )


def _live(run: Run, then: Then, inputs: dict[str, Any], today: dict[str, Any]) -> dict[str, Any]:
    """Return the target's state of then: the begin has it, or a begin that found the same one."""
    if then.begin is not None:
        return dict(then.begin.inputs["live"])
    begun = [entry.inputs["live"] for entry in run.journal.entries if "live" in entry.inputs]
    return next((s for s in begun if str(digest_of(s)) == inputs.get("live_state")), today)


def _launch(inputs: dict[str, Any], today: Launch) -> Launch:
    names = set(Launch.model_fields)
    if not names <= set(inputs):
        return today
    try:
        return Launch.from_json({name: inputs[name] for name in names})
    except MalformedError as error:
        msg = f"what was looked at on the machine is none: {error}"
        raise MalformedError(msg) from error
