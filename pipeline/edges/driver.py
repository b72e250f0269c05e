"""How a release gets to a target: the verbs that every driver has, and what they take and give.

An effect carries a key and a token. The key names the attempt: what was applied with a key is not
applied again. The token is the lease's number: a driver refuses one older than the newest it has
seen, so that what a killed promotion left running cannot act any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pipeline.core.canonical import Digest
from pipeline.core.model import Model
from pipeline.core.predicates.deployment import LiveState
from pipeline.core.predicates.fields import Artifact, DigestText, Text

Installer = Callable[[Path], Path]
"""Makes an environment for the artifact in a folder that does not exist; returns its root."""
EMPTY = LiveState(empty=True, artifact=None, version=None, installed=None)
"""The state of a target on which nothing is live."""


class Observation(StrEnum):
    """What became of the effect of an attempt that has no end."""

    APPLIED = "applied"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What is to go live: the wheel (read again, hashed again), and for whom.

    `expected` is the state of the target that the decision saw; another one is a conflict.
    """

    name: str
    wheel: Path
    digest: Digest
    version: str
    key: str
    token: int
    expected: LiveState | None = None


class Receipt(Model):
    """What an applied effect left, kept under its key."""

    key: DigestText
    token: int
    artifact: Artifact
    version: Text
    before: LiveState
    after: LiveState
    health: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is live, as it was just measured, and the digest of its whole environment."""

    state: LiveState
    environment: str | None
    """`None` when nothing is live."""


class Driver(Protocol):
    """A way of deploying to a target. Every verb may be called again after a crash."""

    def apply(self, rollout: Rollout, install: Installer) -> Receipt:
        """Bring a release live, or leave everything as it was and raise."""
        ...

    def observe(self, key: str, token: int) -> Observation:
        """Tell whether the effect with a key was applied; older tokens are refused from now on."""
        ...

    def state(self) -> LiveState:
        """Return what is live."""
        ...

    def restore(self, before: LiveState, *, token: int) -> LiveState:
        """Bring back a state that was live before; return what is live then."""
        ...

    def measure(self, wheel: Path | None = None) -> Measured:
        """Measure what is installed now and live; `UntrustedError` if it was changed.

        With a wheel every installed file of the artifact is compared with it; without one there are
        only the target's own notes, which whoever can change the installation can change too.
        """
        ...

    def url(self) -> str:
        """Return the origin of the live service; `StepFailedError` when none runs."""
        ...

    def secret(self) -> Path:
        """Return the file with the operator's secret."""
        ...

    def start(self) -> dict[str, Any]:
        """Start the live version's service if it does not run; return `show()`."""
        ...

    def stop(self) -> dict[str, Any]:
        """Stop the live version's service; return `show()`."""
        ...

    def show(self) -> dict[str, Any]:
        """Tell what is live and whether it runs, as one JSON document."""
        ...
