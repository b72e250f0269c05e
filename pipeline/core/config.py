"""The project, its targets, its trust, and all configuration together.

One model per file of `config/`: `Project` is pipeline.yaml, `TargetConfig` targets/NAME.yaml,
`TrustConfig` trust.yaml. `Configuration` is what a loaded project has; its digests are inputs of
every decision.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.baseline.model import Baseline
from pipeline.core.canonical import Digest, digest_of
from pipeline.core.fields import (
    Count,
    EnvironmentName,
    Identifier,
    Line,
    Problem,
    Seconds,
    Snippet,
    Timeout,
    Timestamp,
    UrlPath,
    duplicates,
    refuse,
    refuse_all,
)
from pipeline.core.ladder import Ladder
from pipeline.core.model import Digested, Model
from pipeline.core.policies.table import Policies
from pipeline.core.project import Project
from pipeline.core.registry import Registry
from pipeline.core.reviews.model import Reviews
from pipeline.core.trust import TrustConfig

__all__ = ["Configuration", "Project", "TargetConfig", "TrustConfig"]

PLACEHOLDERS = frozenset({"python", "host", "port"})
"""What a service's command may leave open, to be filled in when it is started."""
_WORDS = "a word of the command; {python}, {host} and {port} are filled in, {{ is a brace"


class Driver(StrEnum):
    """How a target is deployed to."""

    LOCAL = "local"
    NONE = "none"


class Session(StrEnum):
    """What a smoke check has to do with the operator session."""

    NONE = "none"
    UNLOCK = "unlock"
    REQUIRED = "required"


def _word(value: str) -> str:
    try:
        fields = [field for _, field, _, _ in Formatter().parse(value) if field is not None]
    except ValueError:
        fields = [""]
    if not value or "\0" in value or not set(fields) <= PLACEHOLDERS:
        message = f"{value[:80]!r} cannot be filled in; allowed: {_WORDS}"
        raise refuse(message)
    return value


CommandWord = Annotated[
    str,
    AfterValidator(_word),
    WithJsonSchema({"type": "string", "minLength": 1, "x-allowed": _WORDS}),
]


class Service(Model):
    """The service that a target runs."""

    command: tuple[CommandWord, ...] = Field(
        min_length=1, description="The argument vector; {python}, {host}, {port} are filled in."
    )
    extra: Identifier | None = Field(
        default=None, description="The extra of the released package that the service needs."
    )


class Health(Model):
    """How a service is known to be up."""

    path: UrlPath = Field(description="The surface that answers 200 when the service is well.")
    timeout: Timeout = Field(default=30, description="How long it may take until it does.")


class EnvironmentVariable(Model):
    """One line of a target's environment contract."""

    name: EnvironmentName = Field(description="The variable.")
    required: bool = Field(default=True, description="The service does not start without it.")


class Expectation(Model):
    """What a smoke check's answer must be."""

    status: int = Field(default=200, ge=100, le=599, description="The HTTP status.")
    content_type: Line | None = Field(
        default=None, description="The media type, without parameters."
    )
    contains: tuple[Snippet, ...] = Field(default=(), description="Texts that the body has.")
    json_keys: tuple[Line, ...] = Field(
        default=(), description="Keys that the JSON object in the body has."
    )


class SmokeCheck(Model):
    """One request against the live target, and what the answer must be."""

    id: Identifier = Field(description="The check's name in the evidence.")
    method: Literal["GET", "POST"] = Field(default="GET", description="The HTTP method.")
    path: UrlPath = Field(description="The surface.")
    session: Session = Field(
        default=Session.NONE, description="none; unlock opens the operator session; required."
    )
    expect: Expectation = Field(description="What the answer must be.")


class FreezeWindow(Model):
    """A time in which nothing is promoted to the target."""

    reason: Line = Field(description="Why; shown to whoever is held.")
    from_: Timestamp = Field(alias="from", description="Its first second.")
    until: Timestamp = Field(description="The first second after it.")

    def holds(self, now: str) -> bool:
        """Tell whether the window holds at a time (RFC 3339 UTC in whole seconds)."""
        return self.from_ <= now < self.until


class Rollback(Model):
    """What is kept to go back to."""

    keep: Count = Field(default=2, description="How many earlier releases stay installed.")


class TargetConfig(Digested):
    """A place that releases go to: how, what runs there, and how it is looked at."""

    target: Identifier = Field(description="The target's name, equal to the file's.")
    driver: Driver = Field(description="local: a service on this machine; none: nothing runs.")
    service: Service | None = Field(default=None, description="The service; local needs one.")
    health: Health | None = Field(default=None, description="Its health check; local needs one.")
    environment: tuple[EnvironmentVariable, ...] = Field(
        default=(), description="The environment contract of the service."
    )
    smoke: tuple[SmokeCheck, ...] = Field(default=(), description="Checks against the live target.")
    bake: Seconds = Field(default=0, description="How long a new release is watched.")
    windows: tuple[FreezeWindow, ...] = Field(default=(), description="Times of no promotion.")
    rollback: Rollback = Field(default=Rollback(), description="What is kept to go back to.")

    @model_validator(mode="after")
    def _rules(self) -> "TargetConfig":
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        if document.get("driver") == Driver.LOCAL:
            for field in ("service", "health"):
                if document.get(field) is None:
                    words = "is missing; allowed: one that is written, as 'local' runs a service"
                    yield Problem((field,), words)
        yield from _smoke_problems(_mappings(document.get("smoke")))
        for index, window in enumerate(_mappings(document.get("windows"))):
            begin, end = window.get("from"), window.get("until")
            if isinstance(begin, str) and isinstance(end, str) and begin >= end:
                yield Problem(
                    ("windows", index, "until"),
                    f"{end!r} is not after 'from'; allowed: later",
                )
        names = [str(entry.get("name")) for entry in _mappings(document.get("environment"))]
        for at, name, first in duplicates(names):
            yield Problem(
                ("environment", at, "name"),
                f"{name!r} is environment[{first}] already; allowed: each variable once",
            )


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, (list, tuple)) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]


def _smoke_problems(checks: list[Mapping[str, Any]]) -> Iterator[Problem]:
    names = [str(check.get("id", f"?{n}")) for n, check in enumerate(checks)]
    for at, name, first in duplicates(names):
        yield Problem(
            ("smoke", at, "id"), f"{name!r} is smoke[{first}] already; allowed: each id once"
        )
    unlocked = False
    for at, check in enumerate(checks):
        unlocked = unlocked or check.get("session") == Session.UNLOCK
        if check.get("session") == Session.REQUIRED and not unlocked:
            yield Problem(
                ("smoke", at, "session"),
                "no check before it unlocks the session; allowed: after one with 'unlock'",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that a project's `config/` says, checked as a whole."""

    project: Project
    ladders: Mapping[str, Ladder]
    targets: Mapping[str, TargetConfig]
    policies: Policies
    trust: TrustConfig
    registry: Registry = field(default_factory=Registry)
    baseline: Baseline = field(default_factory=Baseline)
    reviews: Reviews = field(default_factory=Reviews)

    @property
    def digests(self) -> dict[str, Digest]:
        """Every part's digest, by its file: `pipeline`, `ladders/NAME` …; `policies` is one."""
        return {
            "pipeline": self.project.digest,
            **{f"ladders/{name}": ladder.digest for name, ladder in sorted(self.ladders.items())},
            **{f"targets/{name}": target.digest for name, target in sorted(self.targets.items())},
            "policies": self.policies.digest,
            "trust": self.trust.digest,
            "registry": self.registry.digest,
            "baseline": self.baseline.digest,
            "reviews": self.reviews.digest,
        }

    @property
    def digest(self) -> Digest:
        """One digest over all parts."""
        return digest_of({name: str(digest) for name, digest in self.digests.items()})
