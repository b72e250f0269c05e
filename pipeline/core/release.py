"""Who a release is: its identity, its run, its phase, the origin class of its evidence.

Nothing but identity lives here. Source: the design's model (run id, artifact set id, RUN).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pipeline.core.canonical import Digest, MalformedError, canonical, digest_of

RUN_LENGTH = 16
"""Hex digits of the run id that stand in folder names."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+!-]{0,126})")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


PRODUCTION = "production"
"""The channel, and the target, whose name alone demands rooted trust, whatever a policy says."""


class Phase(StrEnum):
    """The two phases of a release; each has an evidence bundle of its own."""

    PRE_DEPLOY = "pre-deploy"
    POST_DEPLOY = "post-deploy"


class OriginClass(StrEnum):
    """Where evidence comes from; derived when it is verified, never read from a field."""

    LIVE = "live_workflow_backed"
    LOCAL = "local_or_synthetic_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a run is about. Two runs with equal identity are one run."""

    target: str
    channel: str
    gate: str
    version: str
    commit: str

    def __post_init__(self) -> None:
        """Refuse words that could not stand in a file name, and what is no commit id."""
        for name in ("target", "channel", "gate", "version"):
            value = getattr(self, name)
            if not _WORD.fullmatch(value) or "__" in value:
                msg = f"{name} is no plain word: {value[:80]!r}"
                raise MalformedError(msg)
        if not _COMMIT.fullmatch(self.commit):
            msg = f"not a full commit id: {self.commit[:80]!r}"
            raise MalformedError(msg)

    @property
    def run_id(self) -> Digest:
        """The digest of the canonical JSON of the five fields."""
        return _run_id(self)

    @property
    def run(self) -> str:
        """RUN: the first 16 hex digits of the run id, as folders are named."""
        return self.run_id.hex[:RUN_LENGTH]

    @property
    def artifact_set_id(self) -> str:
        """`CHANNEL__GATE__VERSION__RUN`."""
        return f"{self.channel}__{self.gate}__{self.version}__{self.run}"

    @property
    def claim_name(self) -> str:
        """The name in the store under which this version is claimed, once."""
        return f"claims/{self.channel}/{self.gate}/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The run's context, kept as `run.json` (the sources call it ExecutionContext)."""

    repo_root: str
    baseline_commit: str
    run_id: str
    run_id_audit: str
    started_at: str
    ladder: str
    target: str
    channel: str
    gate: str
    version: str

    @classmethod
    def begin(cls, identity: Identity, *, ladder: str, audit: uuid.UUID, now: str) -> RunContext:
        """Make the context of a run that starts now."""
        return cls(
            repo_root=".",
            baseline_commit=identity.commit,
            run_id=str(identity.run_id),
            run_id_audit=str(audit),
            started_at=now,
            ladder=ladder,
            target=identity.target,
            channel=identity.channel,
            gate=identity.gate,
            version=identity.version,
        )

    @classmethod
    def from_dict(cls, value: Any) -> RunContext:  # noqa: ANN401 - untrusted JSON
        """Read `run.json` strictly: keys, types, and a run id that follows from them."""
        names = set(cls.__slots__)
        if not isinstance(value, dict) or set(value) != names:
            msg = f"run.json must hold exactly {', '.join(sorted(names))}"
            raise MalformedError(msg)
        if not all(isinstance(member, str) for member in value.values()):
            msg = "every field of run.json is a string"
            raise MalformedError(msg)
        context = cls(**value)
        if context.repo_root != "." or not _TIME.fullmatch(context.started_at):
            msg = "run.json: repo_root is '.' and started_at is RFC 3339 UTC in whole seconds"
            raise MalformedError(msg)
        if not _WORD.fullmatch(context.ladder):
            msg = f"run.json: ladder is no plain word: {context.ladder[:80]!r}"
            raise MalformedError(msg)
        if str(context.identity.run_id) != context.run_id:
            msg = "run.json: run_id does not follow from target, channel, gate, version and commit"
            raise MalformedError(msg)
        try:
            uuid.UUID(context.run_id_audit)
        except ValueError as error:
            msg = "run.json: run_id_audit is no UUID"
            raise MalformedError(msg) from error
        return context

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return asdict(self)

    def to_bytes(self) -> bytes:
        """Return the bytes of `run.json`: canonical JSON."""
        return _bytes(self)

    @property
    def digest(self) -> Digest:
        """The context's digest, which the journal's first entry binds."""
        return _digest(self)

    @property
    def identity(self) -> Identity:
        """The five fields that the run id is made of."""
        return _identity(self)

    @property
    def run(self) -> str:
        """RUN, as folders are named."""
        return self.identity.run


# Asked for with every file of a phase folder; equal values have equal answers.


@lru_cache(maxsize=64)
def _run_id(identity: Identity) -> Digest:
    return digest_of(asdict(identity))


@lru_cache(maxsize=64)
def _bytes(context: RunContext) -> bytes:
    return canonical(asdict(context))


@lru_cache(maxsize=64)
def _digest(context: RunContext) -> Digest:
    return Digest.of(_bytes(context))


@lru_cache(maxsize=64)
def _identity(context: RunContext) -> Identity:
    return Identity(
        target=context.target,
        channel=context.channel,
        gate=context.gate,
        version=context.version,
        commit=context.baseline_commit,
    )
