"""Climbing a bakery so far, breaking one field by a commit, and what a promote then says."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import canonical
from pipeline.errors import HeldError, InvalidConfigurationError
from pipeline.flows import adopt
from pipeline.flows.approve import approve
from pipeline.flows.promote import Ask, promote
from pipeline.operations.deciding import deciding
from pipeline.operations.posturing import entry, standing_of, the_run
from pipeline.operations.workspace import Workspace
from tests.climbing import bakery, project
from tests.policies_broken.bases import BASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.policies_broken.bases import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a promote ended: its exit code, what holds the next rung, its words."""

    code: int
    found: tuple[str, ...] = ()
    words: str = ""
    at: str = ""
    """The stage that is held; empty: the whole release."""


@dataclass
class Templates:
    """Bakeries that were climbed once; each test breaks a copy."""

    folder: Path
    made: dict[tuple[str, str], Path] = field(default_factory=dict)

    def copy(self, base: str, upto: str, to: Path) -> Path:
        """Return a copy of a bakery that has climbed so far."""
        if (base, upto) not in self.made:
            self.made[base, upto] = self._make(base, upto)
        shutil.copytree(self.made[base, upto], to, symlinks=True)
        return to

    def _make(self, name: str, upto: str) -> Path:
        base, root = BASES[name], self.folder / name / (upto or "nothing")
        bakery.make(root, files=base.files, **base.changes)
        project.git(root, "config", "user.name", "Ada")
        if not base.tagged:
            project.git(root, "tag", "--delete", "v1.0")
        if base.second:
            bakery.climb(root)
            _serve(root)
            project.git(root, "commit", "--quiet", "--allow-empty", "--message=Another loaf")
            project.git(root, "tag", "v1.1")
        if upto:
            with environment(base.environment):
                bakery.climb(root, upto)
        return root


def _serve(root: Path) -> None:
    """Let the target say that the first release is live on it, as a deploy would leave it."""
    workspace = Workspace.open(root)
    ladder = workspace.ladder()
    standing = standing_of(workspace, ladder, the_run(workspace, ladder, "1.0"))
    bread = str(standing.evidence.artifacts["bread.whl"])
    state = {"empty": False, "artifact": bread, "version": "1.0", "installed": "sha256:" + "0" * 64}
    place = root / ".release-ladder" / "targets" / "pot"
    place.mkdir(parents=True, exist_ok=True)
    (place / "live.json").write_bytes(canonical({"state": state}))


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def reconfigure(root: Path, base: str, *changes: Fields, commit: bool = True) -> None:
    """Write the base's configuration with changes of single policies, and commit it."""
    merged: dict[str, Any] = {name: dict(fields) for name, fields in BASES[base].changes.items()}
    for change in changes:
        for name, fields in change.items():
            merged[name] = merged.get(name, {}) | fields
    if commit:
        bakery.reconfigure(root, **merged)
    else:
        bakery.write(root, **merged)


def go_on(
    root: Path, base: str, release: str, *, nods: bool = False, waits: float = 0, then: str = ""
) -> Said:
    """Promote to the top, with a named approval first where one is asked for."""
    with environment(BASES[base].environment):
        try:
            workspace = Workspace.open(root)
        except InvalidConfigurationError as error:
            return Said(code=error.exit_code, words=" ".join(error.lines()))
        if nods:
            approve(
                workspace, stage="nod", ladder=None, release=release, reason="smells", dry_run=False
            )
            time.sleep(waits)

        def climb() -> None:
            ask = Ask(stage=bakery.TOP, release=release)
            promote(workspace, ask, bakery.Runner(root), project.Quiet())

        return held_by(workspace, release, climb) if not then else THEN[then](workspace, climb)


def _adopt(workspace: Workspace, climb: Callable[[], None]) -> Said:
    """Climb, which nothing holds, and adopt."""
    climb()

    def act() -> None:
        (run,) = (workspace.evidence / "home").iterdir()
        path = adopt.review(workspace, run, dry_run=False).path
        assert path is not None
        file = workspace.root / path
        adopt.apply(workspace, file, adopter="Ada", reference="7", dry_run=False)

    said = held_by(workspace, "1.0", act)
    adopted = (workspace.root / "releases" / "ledger.json").exists()
    assert adopted is (said.code == 0)
    return said


def _tell(workspace: Workspace, climb: Callable[[], None]) -> Said:
    """Climb, which nothing holds, and look at the posture's blockers."""
    climb()
    ladder = workspace.ladder()
    told = entry(workspace, ladder, the_run(workspace, ladder, "1.0"))
    return Said(code=10, found=tuple(one["id"] for one in told["blockers"]))


THEN = {"adopt": _adopt, "tell": _tell}
"""What is done after a climb that nothing holds."""


def held_by(workspace: Workspace, release: str, act: Callable[[], object]) -> Said:
    """Do something; tell how it ended, and by what it was held if it was."""
    try:
        act()
    except HeldError as error:
        where = error.what.partition(" is held: ")[0]
        whole = error.what.startswith("every stage has passed")
        at = "" if whole else where if where in bakery.STAGE_IDS else "a step"
        found = () if at == "a step" else findings(workspace, release, at)
        return Said(code=error.exit_code, found=found, words=" ".join(error.lines()), at=at)
    return Said(code=0)


def findings(workspace: Workspace, release: str, stage: str) -> tuple[str, ...]:
    """Return the ids of what holds a stage, or the whole release."""
    ladder = workspace.ladder()
    run = the_run(workspace, ladder, release)
    about = ladder.stage(stage) if stage else None
    decision = deciding(workspace, run, ladder, about, asked=len(ladder.stages)).decision
    return tuple(sorted({finding.id for finding in decision.holds}))
