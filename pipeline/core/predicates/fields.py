"""The field types that our own predicates share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import pydantic

from pipeline.core.model import Model

DigestText = Annotated[str, pydantic.StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
"""`sha256:HEX`."""
Time = Annotated[
    str,
    pydantic.StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
]
"""RFC 3339, UTC, whole seconds."""
Decimal = Annotated[str, pydantic.StringConstraints(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
"""A decimal number as a string: signed JSON holds no floats."""
Text = Annotated[str, pydantic.StringConstraints(min_length=1, max_length=20_000)]


class Verdict(StrEnum):
    """What came of an attempt."""

    PASS = "pass"
    FAIL = "fail"


class CheckVerdict(StrEnum):
    """What came of one check; `not_run` is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


class File(Model):
    """A file that an attempt left: its path inside the stage's folder, digest, bytes."""

    path: Text
    digest: DigestText
    size: Annotated[int, pydantic.Field(ge=0)]


class Artifact(Model):
    """A released file: its name and digest."""

    name: Text
    digest: DigestText
