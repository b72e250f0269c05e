"""Reproducing: a recorded stage is looked at again, and compared with its record.

How, the stage says itself (`reproduce:` in its ladder): `rerun` runs its steps again, `scratch`
does so on a scratch target, `rejudge` judges its recorded samples again, `reverify` verifies again
what was signed. The record is the store's, or that of a bundle from elsewhere, verified first
either way. No store, journal, signer or real target is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.ladder import Reproduce
from pipeline.edges import git
from pipeline.errors import UntrustedError, WrongUsageError, counted
from pipeline.operations import standalone
from pipeline.operations.evidence import Source
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.reproduction.again import Again, Task, scratch_place
from pipeline.operations.reproduction.record import load, recorded
from pipeline.operations.reproduction.rejudge import rejudge
from pipeline.operations.reproduction.rerun import rerun
from pipeline.operations.reproduction.reverify import reverify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.core.ladder import Ladder
    from pipeline.edges.store import Store
    from pipeline.operations.climb import StepRunner, Watch
    from pipeline.operations.workspace import Workspace

HOW: dict[Reproduce, Callable[[Task], Again]] = {
    Reproduce.RERUN: rerun,
    Reproduce.REJUDGE: rejudge,
    Reproduce.REVERIFY: reverify,
    Reproduce.SCRATCH: rerun,
}
"""The ways of looking again, by the word that a ladder uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to be reproduced: a stage, of which release, from which record."""

    stage: str
    ladder: str | None = None
    release: str | None = None
    evidence: Path | None = None
    """A phase folder, or the folder of both phases, instead of the store."""
    key: Path | None = None
    """The public key that is believed for `evidence`, instead of this project's trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of reproducing one stage."""

    stage: str
    how: Reproduce
    release: str
    run: str
    record: str
    again: Again

    @property
    def equal(self) -> bool:
        """Whether nothing differs from the record."""
        return not self.again.differences

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "verdict": "equal" if self.equal else "different",
            "stage": self.stage,
            "how": self.how.value,
            "release": self.release,
            "run": self.run,
            "record": self.record,
            "done": list(self.again.done),
            "differences": list(self.again.differences),
            "notes": list(self.again.notes),
        }

    def lines(self) -> list[str]:
        """Return the report as lines for a person."""
        same = "equal" if self.equal else counted(len(self.again.differences), "difference")
        what = f"{self.stage} of {self.release} (run {self.run})"
        told = [f"{what}, {self.how.value} against {self.record}: {same}"]
        told += [f"  {text}" for text in self.again.done]
        told += [f"  note: {text}" for text in self.again.notes]
        if not self.equal:
            told.append("  what differs (where: recorded, reproduced):")
            told += [f"    {text}" for text in self.again.differences]
        return told


def reproduce(workspace: Workspace, ask: Ask, runner: StepRunner, watch: Watch) -> Report:
    """Look at a recorded stage again; `UntrustedError` when there is no record to be believed."""
    with scratch_place(workspace) as scratch:
        source, store, ladder = _source(workspace, ask, scratch)
        stage = workspace.stage(ladder, ask.stage)
        record = recorded(source, store, stage.id)
        _need_commit(workspace, source)
        task = Task(
            workspace=workspace,
            ladder=ladder,
            stage=stage,
            recorded=record,
            scratch=scratch,
            runner=runner,
            watch=watch,
        )
        again = HOW[stage.reproduce](task)
    return Report(
        stage=stage.id,
        how=stage.reproduce,
        release=source.run.context.version,
        run=source.run.context.run,
        record="the store" if ask.evidence is None else str(ask.evidence),
        again=again,
    )


def _source(workspace: Workspace, ask: Ask, scratch: Path) -> tuple[Source, Store, Ladder]:
    if ask.evidence is not None:
        trust = standalone.trust_of(workspace, ask.key, ask.evidence)
        source, store = load(ask.evidence, trust, scratch / "evidence")
        return source, store, _ladder_of(workspace, ask, source)
    if ask.key is not None:
        what = "--key says who is believed for evidence from elsewhere"
        raise WrongUsageError(what, where="--key", todo="give --evidence DIR with it")
    ladder = workspace.ladder(ask.ladder)
    identity = identify(workspace, ladder, ask.release)
    run = find(workspace, identity)
    if run is None or run.context.ladder != ladder.ladder or not run.journal.entries:
        raise UntrustedError(
            f"nothing is recorded of {identity.version} on the ladder {ladder.ladder}, and no "
            "adopted release is used in its place",
            where=f"store {workspace.configuration.project.store}",
            todo="climb first: `invoke promote`, or name evidence with --evidence DIR",
        )
    return Source.of(workspace, run, ladder), workspace.store, ladder


def _ladder_of(workspace: Workspace, ask: Ask, source: Source) -> Ladder:
    """Return today's ladder of the name that the evidence's run has."""
    context = source.run.context
    for option, asked, found in (
        ("--ladder", ask.ladder, context.ladder),
        ("--release", ask.release, context.version),
    ):
        if asked is not None and asked != found:
            raise WrongUsageError(
                f"the evidence is of {found}, not of {asked}",
                where=option,
                todo=f"leave {option} out: the evidence says it",
            )
    return workspace.ladder(context.ladder)


def _need_commit(workspace: Workspace, source: Source) -> None:
    commit = source.run.context.baseline_commit
    if not git.commit_exists(workspace.root, commit):
        raise UntrustedError(
            f"the release was made from commit {commit[:12]}, which this repository does not have",
            where=str(workspace.root),
            todo="fetch it (`git fetch --unshallow --tags`), or reproduce in a clone that has it",
        )
