"""The project that a command works on: its root, configuration, store, trust and state folder."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.edges import configuration, keys
from pipeline.edges.links import refuse_links
from pipeline.edges.store import open_store
from pipeline.errors import WrongUsageError
from pipeline.operations.stores import settle_store

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.config import Configuration
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.edges.store import Lease, Store
    from pipeline.proof.trust import RehearsalTrust

STATE_FOLDER = ".release-ladder"
"""Local state of a checkout, never checked in: keys, work folders, local targets."""
EVIDENCE_FOLDER = "artifacts/release-evidence"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A loaded project. Making one reads `config/`; store and trust are opened when first used."""

    root: Path
    configuration: Configuration

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """Load the project at `root`; invalid configuration raises with every problem.

        `UntrustedError` when a place that is written to is, or has, a symbolic link instead of a
        folder: the state with its work folders and targets, and the evidence down to a run's.
        """
        refuse_links(root, STATE_FOLDER)
        for place in ("work", "targets"):
            refuse_links(root, f"{STATE_FOLDER}/{place}", below=1)
        refuse_links(root, EVIDENCE_FOLDER, below=2)
        return cls(root=root, configuration=configuration.load(root))

    @cached_property
    def store(self) -> Store:
        """The store that `config/pipeline.yaml` names."""
        return open_store(self.configuration.project.store, self.root)

    def lease(self, name: str) -> Lease:
        """Take a lease of the store, once it is certain that this is the store to use.

        Raises as `Store.lease` does, and as `operations.stores` before the first one.
        """
        self._use_store()
        return self.store.lease(name)

    def _use_store(self) -> None:
        return self._settled

    @cached_property
    def _settled(self) -> None:
        settle_store(self.root, self.state, self.configuration.project.store, self.store)

    @cached_property
    def trust(self) -> RehearsalTrust:
        """Who counts: the local key, and the principals of config/trust.yaml."""
        return keys.trusted_keys(self.state, self.configuration.trust)

    @property
    def anchored(self) -> bool:
        """Whether attempts are anchored outside of this store; nothing in this version does that.

        An anchor (a log, an object that is created once) makes a deleted failed attempt show.
        """
        return False

    @property
    def state(self) -> Path:
        """The folder of local state."""
        return self.root / STATE_FOLDER

    @property
    def evidence(self) -> Path:
        """The folder of the evidence views."""
        return self.root / EVIDENCE_FOLDER

    def ladder(self, name: str | None = None) -> Ladder:
        """Return a ladder by name, the default one without; unknown is wrong usage."""
        wanted = name or self.configuration.project.default_ladder
        if wanted not in self.configuration.ladders:
            near = get_close_matches(wanted, self.configuration.ladders, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise WrongUsageError(
                f"there is no ladder {wanted!r}{hint}",
                where="config/ladders/",
                todo=f"ladders are: {', '.join(sorted(self.configuration.ladders))}",
            )
        return self.configuration.ladders[wanted]

    def stage(self, ladder: Ladder, name: str) -> Stage:
        """Return a stage by id or alias; unknown is wrong usage."""
        try:
            return ladder.stage(name)
        except KeyError as error:
            raise WrongUsageError(
                str(error.args[0]),
                where=f"config/ladders/{ladder.ladder}.yaml",
                todo="name one of these stages, by id or alias",
            ) from error
