"""A bakery with two releases in one store, copied after every rung; and where its evidence lies."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

from pipeline.flows.approve import approve
from pipeline.flows.promote import Ask, promote
from pipeline.operations.identify import identify
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import bakery, project
from tests.tamper import forge

if TYPE_CHECKING:
    from pathlib import Path

RELEASE, OTHER = "1.0", "1.1"
NAMED = {"approval_authority": policies.NAMED}
STAGES = bakery.STAGE_IDS


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """One release's evidence in a project: its journal in the store, its folders."""

    root: Path
    release: str = RELEASE

    @property
    def run(self) -> str:
        """RUN, as it stands in names."""
        workspace = Workspace.open(self.root)
        return identify(workspace, workspace.ladder(), self.release).run

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.root / "artifacts" / "store" / "journals" / f"{self.run}.jsonl"

    @property
    def folder(self) -> Path:
        """The folder of the run's phases."""
        return self.root / "artifacts" / "release-evidence" / "home" / self.run

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The journal's entries."""
        return [json.loads(line) for line in self.journal.read_bytes().splitlines()]

    def rewrite(self, entries: list[dict[str, Any]]) -> None:
        """Write a journal whose chain holds, and take away every seal that would tell."""
        forge.write_to(self.journal, entries)
        for path in (self.root / "artifacts" / "store" / "names").iterdir():
            if path.name.startswith("seals") and self.run in path.name:
                path.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def object(self, digest: str) -> Path:
        """Return the file of an object of the store."""
        return self.root / "artifacts" / "store" / "objects" / digest.removeprefix("sha256:")

    def results(self) -> dict[str, str]:
        """Return stage → digest of the stage result that its passing end names."""
        ends = [one for one in self.entries if one["status"] == "pass"]
        return {one["name"]: one["outputs"]["stage_result"] for one in ends}


@dataclasses.dataclass
class Kitchen:
    """The bakeries by how many rungs were climbed; a test forges a copy."""

    folder: Path
    climbed: dict[int, Path] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        root = bakery.make(self.folder / "work", **NAMED)
        project.git(root, "config", "user.name", "Ada")
        project.git(root, "config", "user.email", "ada@example.invalid")
        project.git(root, "commit", "--quiet", "--allow-empty", "--message=Another loaf")
        project.git(root, "tag", "v1.1")
        for release in (OTHER, RELEASE):
            for rungs, stage in enumerate(STAGES):
                if release == RELEASE:
                    self._keep(root, rungs)
                if stage == "nod":
                    nod(root, release)
                promote_to(root, stage, release)
        self._keep(root, len(STAGES))

    def _keep(self, root: Path, rungs: int) -> None:
        self.climbed[rungs] = self.folder / f"after-{rungs}"
        shutil.copytree(root, self.climbed[rungs], symlinks=True)

    def copy(self, rungs: int, to: Path) -> Path:
        """Return a copy of the bakery in which so many rungs were climbed."""
        shutil.copytree(self.climbed[rungs], to, symlinks=True)
        return to


def promote_to(root: Path, stage: str, release: str = RELEASE) -> tuple[str, ...]:
    """Promote to a stage; return what was passed on the way."""
    ask = Ask(stage=stage, release=release)
    return promote(Workspace.open(root), ask, bakery.Runner(root), project.Quiet()).did


def nod(root: Path, release: str = RELEASE) -> None:
    """Sign a named approval of what was climbed so far."""
    approve(
        Workspace.open(root), stage="nod", ladder=None, release=release, reason="x", dry_run=False
    )
