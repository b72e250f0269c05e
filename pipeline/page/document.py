"""The posture document as the page reads it: every field checked before a word of it is shown.

The rules that a document has to keep, beyond its types:

1. No key stands twice in one object: two readers would believe two different things.
2. No text carries control characters or bidirectional overrides: what is shown is what is meant.
3. No ladder of a target stands twice, nor does a stage of a ladder.
4. A target is proven only when every one of its stages is done.
5. A target is ready for production only when it is proven by live workflow-backed evidence, may be
   deployed and has no blocker left: no claim above its evidence.
6. No target is ready for production, and no evidence is live and workflow-backed: the document is
   not signed, and this software has no rooted trust by which either could be known. Rooted trust,
   which is not there yet, is what will lift this rule, with a document that it vouches for.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from pipeline.core.canonical import MalformedError, load_json
from pipeline.core.model import Model
from pipeline.page.counts import Adopted, Counts, FamilyCount, ReleaseGate
from pipeline.page.words import Moment, Name, Sha256, Text

ROOTED_TRUST = False
"""Whether this software can know that trust is rooted (rule 6); no configuration changes it."""
UNROOTED = "which only rooted trust could say, and there is none yet"
"""How the fault of rule 6 ends."""


class MalformedPostureError(ValueError):
    """The document is no posture that may be shown; `problems` names every fault with its path."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the faults, each `path: what is wrong`."""
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("malformed posture: " + "; ".join(self.problems))


class Reference(Model):
    """A signed statement: its predicate type and the digest of its bundle."""

    type: Name
    digest: Sha256


class Artifact(Model):
    """A file that the release is made of."""

    name: Name
    digest: Sha256


class Blocker(Model):
    """What holds a target: what is wrong, what was looked at, the command that clears it."""

    id: Name
    what: Text
    evidence: tuple[Text, ...]
    command: Annotated[Text | Literal[""], Field(union_mode="left_to_right")]


class Stage(Model):
    """One rung of a target's ladder and the statements that prove it."""

    id: Name
    alias: Name
    phase: Name
    state: Literal["done", "next", "held", "failed", "waiting"]
    statements: tuple[Reference, ...]


class Target(Model):
    """What one target is ready for, by the policies that were in force."""

    target: Name
    ladder: Name
    gate: Name
    channel: Name
    release: Name | None
    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")] | None
    origin_class: Literal["local_or_synthetic_proof", "live_workflow_backed"] | None
    readiness: Literal["not_started", "climbing", "held", "failed", "abandoned", "proven"]
    deployment_allowed: bool
    production_ready: bool
    approval_state: Name
    artifacts: tuple[Artifact, ...]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    blockers: tuple[Blocker, ...]

    @model_validator(mode="after")
    def _claims_no_more_than_it_shows(self) -> Self:
        """Rules 3 to 6 of this module."""
        if not ROOTED_TRUST and (claim := self._needs_rooted_trust()):
            message = f"{claim}, {UNROOTED}"
            raise ValueError(message)
        if again := _repeated(stage.id for stage in self.stages):
            message = f"two stages are called {again!r}"
            raise ValueError(message)
        unproven = [stage.id for stage in self.stages if stage.state != "done"]
        if unproven and self.readiness == "proven":
            message = f"readiness is proven, but {unproven[0]!r} is not done"
            raise ValueError(message)
        if self.production_ready and (contradiction := self._against_production()):
            message = f"production_ready is true, but {contradiction}"
            raise ValueError(message)
        return self

    def _needs_rooted_trust(self) -> str | None:
        """Name the claim that this software cannot back (rule 6)."""
        if self.production_ready:
            return "production_ready is true"
        if self.origin_class == "live_workflow_backed":
            return "origin_class is live_workflow_backed"
        return None

    def _against_production(self) -> str | None:
        """Say what in this document speaks against its own claim (rule 5)."""
        if self.readiness != "proven":
            return f"readiness is {self.readiness}"
        if self.origin_class != "live_workflow_backed":
            return f"origin_class is {self.origin_class}"
        if not self.deployment_allowed:
            return "deployment_allowed is false"
        if self.blockers:
            return f"{self.blockers[0].id!r} blocks it"
        return None


class Posture(Model):
    """The posture of every target of one project at one moment."""

    schema_: Annotated[
        Literal["https://release-ladder.readthedocs.io/schemas/posture/v1"], Field(alias="schema")
    ]
    generated_at: Moment
    project: Name
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    counts: Counts | None = None
    families: dict[Name, FamilyCount] = Field(default_factory=dict)
    release_gates: tuple[ReleaseGate, ...] = ()
    adopted: Adopted | None = None

    @model_validator(mode="after")
    def _counts_claim_no_more(self) -> Self:
        """Rule 6 of this module, for what is counted."""
        claims = [self.counts.needs_rooted_trust] if self.counts else []
        claims += [
            f"{name} records are live"
            for name, family in self.families.items()
            if family.records and family.records.live
        ]
        claims += [
            f"{g.id} is ready for production" for g in self.release_gates if g.production_ready
        ]
        if not ROOTED_TRUST and any(claims):
            message = f"{next(filter(None, claims))}, {UNROOTED}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _targets_differ(self) -> Self:
        """Rule 3 of this module."""
        if again := _repeated(f"{one.target} ({one.ladder})" for one in self.targets):
            message = f"two entries are of the target (ladder) {again!r}"
            raise ValueError(message)
        return self


def _repeated(names: Iterable[str]) -> str | None:
    """Find the first name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _problem(where: tuple[int | str, ...], what: str) -> str:
    """Put a fault beside the path of its field, as JSON paths are usually written."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return f"{path.lstrip('.') or 'document'}: {what.removeprefix('Value error, ')}"


def posture_of(document: Mapping[str, object] | Posture) -> Posture:
    """Check a posture document; raises MalformedPostureError with every fault at once."""
    if isinstance(document, Posture):
        return document
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedPostureError([f"document: not expressible as JSON ({error})"]) from error
    try:
        return Posture.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise MalformedPostureError(
            _problem(fault["loc"], fault["msg"]) for fault in faults
        ) from error


def read_posture(data: bytes) -> Posture:
    """Read the bytes of a posture document; raises MalformedPostureError (rule 1 lives in core)."""
    try:
        document = load_json(data)
    except MalformedError as error:
        raise MalformedPostureError([f"document: {error}"]) from error
    if not isinstance(document, dict):
        raise MalformedPostureError(["document: not an object"])
    return posture_of(document)
