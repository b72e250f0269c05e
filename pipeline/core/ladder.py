"""Ladder, Stage, Step: the declared order of a release's climb (its rules: `core.ladder_rules`).

No stage is known by its name. Source: the design's model (stages and steps) and interface.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.canonical import Digest, digest_of
from pipeline.core.envelope import Envelope
from pipeline.core.families import RecordFamily
from pipeline.core.fields import (
    ArgumentName,
    Identifier,
    PolicyId,
    Problem,
    TaskName,
    Timeout,
    TypeUri,
    refuse,
    refuse_all,
)
from pipeline.core.ladder_rules import ladder_problems
from pipeline.core.model import Digested, Model
from pipeline.core.release import Phase

MAX_RETRIES = 20
DEFINING = (
    "id",
    "phase",
    "steps",
    "envelope",
    "emits",
    "effect",
    "anchor",
    "approval",
    "imports",
    "records",
)
"""The fields of a stage that its definition consists of."""
_VALUES = "text, a whole number, true, false, or a list of texts"


class Effect(StrEnum):
    """What a stage changes outside the checkout and the store."""

    NONE = "none"
    CANARY = "canary"
    LIVE = "live"


class Reproduce(StrEnum):
    """How `reproduce` looks at a stage again."""

    RERUN = "rerun"
    REJUDGE = "rejudge"
    REVERIFY = "reverify"
    SCRATCH = "scratch"


def _argument(value: Any) -> Any:  # noqa: ANN401 - a JSON value, judged here
    items = value if isinstance(value, (list, tuple)) else [value]
    kinds = (str,) if isinstance(value, (list, tuple)) else (str, int)
    if not all(isinstance(item, kinds) for item in items):
        message = f"a task's argument cannot be this; allowed: {_VALUES}"
        raise refuse(message)
    return value


ArgumentValue = Annotated[
    Any,
    AfterValidator(_argument),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer", "boolean"]},
                {"type": "array", "items": {"type": "string"}},
            ],
            "x-allowed": _VALUES,
        }
    ),
]


def _own_id(fields: dict[str, Any]) -> str:
    return str(fields.get("id", ""))


class StepSpec(Model):
    """One step: an Invoke task of the loaded collection, and its arguments."""

    task: TaskName = Field(description="The Invoke task, shipped or the project's own.")
    with_: dict[ArgumentName, ArgumentValue] = Field(
        default_factory=dict, alias="with", description="The task's arguments by name."
    )


class Imports(Model):
    """Whose verified artifacts a stage takes, byte for byte, instead of making its own."""

    ladder: Identifier = Field(description="The ladder that made them.")
    stage: Identifier = Field(description="The id of the stage whose pass is asked for.")


class Stage(Digested):
    """One rung: steps that run in an envelope, and what they may sign and change."""

    id: Identifier = Field(description="The stage's long name; becomes a folder name.")
    alias: Identifier = Field(
        default_factory=_own_id, description="A short name; the id when left out."
    )
    phase: Phase = Field(description="The bundle that the stage's evidence goes into.")
    steps: tuple[StepSpec, ...] = Field(min_length=1, description="What is run, in this order.")
    envelope: Envelope = Field(description="What the steps may do.")
    timeout: Timeout = Field(default=600, description="The longest that a step may take: 10m.")
    retries: int = Field(
        default=0, ge=0, le=MAX_RETRIES, description="How often a failed attempt is run again."
    )
    manual: bool = Field(
        default=False, description="Runs only when --stage names this stage or a later one."
    )
    emits: tuple[TypeUri, ...] = Field(
        default=(), description="Predicate types that the steps may have signed."
    )
    effect: Effect = Field(
        default=Effect.NONE, description="What the stage changes outside: none, canary, live."
    )
    anchor: bool = Field(
        default=False, description="Attempts are anchored outside, so that deletion shows."
    )
    approval: bool = Field(
        default=False, description="The stage passes by approvals of the evidence before it."
    )
    imports: Imports | None = Field(
        default=None, description="Another ladder's stage whose artifacts are taken."
    )
    records: dict[RecordFamily, PolicyId] = Field(
        default_factory=dict,
        description="Records that the pipeline makes when the stage passes: family to policy.",
    )
    reproduce: Reproduce = Field(
        default=Reproduce.RERUN, description="How `reproduce` looks at the stage again."
    )

    @property
    def definition(self) -> Digest:
        """The digest of what decides what the stage does: a result proves this definition alone.

        How patiently it is done (timeout, retries), what it is called besides its id, and who has
        to ask for it change nothing of what was done.
        """
        said = self.to_dict()
        return digest_of({name: said[name] for name in DEFINING})

    @property
    def names(self) -> frozenset[str]:
        """The id and the alias."""
        return frozenset({self.id, self.alias})


class Ladder(Digested):
    """A ladder: a target, its gate and channel, and the stages in climbing order."""

    ladder: Identifier = Field(description="The ladder's name, equal to the file's.")
    target: Identifier = Field(description="The target it climbs to, of config/targets/.")
    gate: Identifier = Field(description="The release gate that its decisions belong to.")
    channel: Identifier = Field(description="The release channel; a version is claimed in it once.")
    stages: tuple[Stage, ...] = Field(min_length=1, description="The stages, lowest first.")

    @model_validator(mode="after")
    def _rules(self) -> "Ladder":
        refuse_all(ladder_problems(self.to_dict()))
        return self

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        return ladder_problems(document)

    def stage(self, name: str) -> Stage:
        """Return the stage of this id or alias; `KeyError` says which there are."""
        for stage in self.stages:
            if name in stage.names:
                return stage
        known = [one for stage in self.stages for one in (stage.alias, stage.id)]
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        aliases = ", ".join(stage.alias for stage in self.stages)
        message = f"the ladder {self.ladder!r} has no stage {name!r}; {hint}stages: {aliases}"
        raise KeyError(message)

    def index(self, stage: Stage | str) -> int:
        """Return where a stage (or its name) stands, from 0; `KeyError` when it does not."""
        return self.stages.index(self.stage(stage if isinstance(stage, str) else stage.id))

    def phases(self) -> tuple[Phase, ...]:
        """Return the phases that have a stage, in order."""
        return tuple(dict.fromkeys(stage.phase for stage in self.stages))

    def of_phase(self, phase: Phase) -> tuple[Stage, ...]:
        """Return the stages of a phase, in order."""
        return tuple(stage for stage in self.stages if stage.phase is phase)
