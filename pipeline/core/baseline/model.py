"""The file `config/baseline.yaml`: the inputs of build and rollout, with the digest each had.

`scope`, `criticality`, `control` and `notes` are *declarations*: what somebody expects. Only the
digest, and what is found in the files, counts (`report.py`). A tag that is accepted instead of a
digest is an exception, so it has a reason, an owner and an end.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.fields import (
    DigestText,
    Identifier,
    Line,
    PolicyId,
    Problem,
    Timestamp,
    duplicates,
    refuse,
    refuse_all,
)
from pipeline.core.model import Digested, Model

_PATTERN = (
    "a pattern of paths of the commit, with forward slashes, * ? **, such as .github/workflows/*; "
    "no leading slash, no . or .. part, no backslash, no colon"
)
MAX_PATTERN = 240
"""Longest pattern, in characters."""


class InputKind(StrEnum):
    """What an input is, which says how it is looked into."""

    LOCK_FILE = "lock_file"
    WORKFLOW = "workflow"
    CONTAINER_BASE = "container_base"
    COMPOSE_IMAGE = "compose_image"
    DEPLOY_CONTRACT = "deploy_contract"
    GATE_SCRIPT = "gate_script"


class Criticality(StrEnum):
    """How bad it would be if somebody changed it unseen. The order is that of the findings."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"


class Control(StrEnum):
    """How the input is expected to be kept from changing unseen."""

    LOCKFILE_PINNED = "lockfile_pinned"
    DIGEST_PINNED = "digest_pinned"
    TAG_PINNED_ACCEPTED = "tag_pinned_accepted"
    VERSIONED = "versioned"


PULLING = (InputKind.WORKFLOW, InputKind.CONTAINER_BASE, InputKind.COMPOSE_IMAGE)
"""Kinds of file that name images and actions, which are fetched from elsewhere."""
CONTROLS = {
    InputKind.LOCK_FILE: (Control.LOCKFILE_PINNED,),
    InputKind.DEPLOY_CONTRACT: (Control.VERSIONED,),
    InputKind.GATE_SCRIPT: (Control.VERSIONED,),
    **dict.fromkeys(PULLING, (Control.DIGEST_PINNED, Control.TAG_PINNED_ACCEPTED)),
}
"""The controls that a kind can have."""


def _pattern(value: str) -> str:
    parts = value.split("/")
    if (
        len(value) > MAX_PATTERN
        or any(part in {"", ".", ".."} for part in parts)
        or any("**" in part and part != "**" for part in parts)
        or re.search(r"[\x00-\x1f\x7f\\:\[\]{}!]", value)
    ):
        message = f"{value[:80]!r} is no path pattern; allowed: {_PATTERN}"
        raise refuse(message)
    return value


PathPattern = Annotated[
    str,
    AfterValidator(_pattern),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": MAX_PATTERN, "x-allowed": _PATTERN}
    ),
]


class Acceptance(Model):
    """Why a tag is enough for an entry, who answers for that, and until when."""

    reason: Line = Field(description="Why a tag does no harm here.")
    owner: Line = Field(description="Who answers for that.")
    expires: Timestamp = Field(description="When the acceptance ends.")


class BaselineEntry(Model):
    """Some files of the commit that belong together, and the digest that they had."""

    id: PolicyId = Field(description="The entry's id: supply_chain.WHAT.")
    scope: Identifier = Field(description="What it is an input of; declared: repo_build.")
    kind: InputKind = Field(description="What it is; says how it is looked into.")
    paths: tuple[PathPattern, ...] = Field(
        min_length=1, description="Patterns over the paths of the commit."
    )
    criticality: Criticality = Field(description="critical, high or medium; declared.")
    control: Control = Field(description="How it is expected to be kept; compared with the files.")
    accepted: Acceptance | None = Field(
        default=None, description="Why tags are enough; tag_pinned_accepted needs it."
    )
    digest: DigestText | None = Field(
        default=None, description="The digest of the files' manifest, once somebody has looked."
    )
    notes: Line | None = Field(default=None, description="What else to know; declared.")


class Baseline(Digested):
    """The whole file; a project without one has no baseline, and its inputs are all unlisted."""

    inputs: tuple[BaselineEntry, ...] = Field(default=(), description="The entries.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        listed = document.get("inputs")
        entries = [
            entry if isinstance(entry, Mapping) else {}
            for entry in (listed if isinstance(listed, (list, tuple)) else ())
        ]
        names = [str(entry.get("id", f"?{n}")) for n, entry in enumerate(entries)]
        for at, name, first in duplicates(names):
            words = f"{name!r} is inputs[{first}] already; allowed: each id once"
            yield Problem(("inputs", at, "id"), words)
        for at, entry in enumerate(entries):
            yield from _entry_problems(at, entry)


def _entry_problems(at: int, entry: Mapping[str, Any]) -> Iterator[Problem]:
    kind, control = entry.get("kind"), entry.get("control")
    if kind in tuple(InputKind) and control in tuple(Control):
        allowed = CONTROLS[InputKind(kind)]
        if control not in allowed:
            words = f"a {kind} cannot be {control}; allowed: {' or '.join(allowed)}"
            yield Problem(("inputs", at, "control"), words)
    accepts, given = control == Control.TAG_PINNED_ACCEPTED, entry.get("accepted") is not None
    if accepts and not given:
        words = "is missing; allowed: `accepted: {reason, owner, expires}` with tag_pinned_accepted"
        yield Problem(("inputs", at, "accepted"), words)
    if given and not accepts and control is not None:
        words = f"nothing is accepted with control: {control}; allowed: with tag_pinned_accepted"
        yield Problem(("inputs", at, "accepted"), words)
