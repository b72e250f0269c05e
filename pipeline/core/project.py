"""The project as a whole: `config/pipeline.yaml`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from pipeline.core.canonical import MalformedError, check_path
from pipeline.core.fields import Identifier, KeyReference, Line, refuse
from pipeline.core.model import Digested, Model

_STORE = "file: and a folder relative to the project's root, such as file:artifacts/store"

_NO_STORE = frozenset({".git", "config", "releases", ".release-ladder"})
"""Folders of the root that are something else."""


class Algorithm(StrEnum):
    """A signature algorithm, with its curve."""

    ECDSA_P256 = "ecdsa-p256"
    ED25519 = "ed25519"


def _store(value: str) -> str:
    scheme, _, path = value.partition(":")
    try:
        check_path(path)
    except MalformedError:
        scheme = ""
    if scheme != "file":
        message = f"{value[:80]!r} is no store; allowed: {_STORE}"
        raise refuse(message)
    parts = path.casefold().split("/")
    if parts[0] in _NO_STORE or ".git" in parts:
        message = f"{value[:80]!r} is no place for a store; allowed: {_STORE}"
        raise refuse(message)
    return value


StoreUrl = Annotated[
    str,
    AfterValidator(_store),
    WithJsonSchema({"type": "string", "pattern": "^file:[^/]", "x-allowed": _STORE}),
]


class SignerConfig(Model):
    """Who signs what the stages find."""

    kind: Literal["local"] = Field(
        default="local", description="local: a key made by the first run, good for rehearsal only."
    )
    algorithm: Algorithm = Field(default=Algorithm.ECDSA_P256, description="ecdsa-p256 or ed25519.")
    key: KeyReference | None = Field(
        default=None, description="The key that must sign: the digest of its DER form."
    )
    principal: Line | None = Field(
        default=None, description="Whose the key must be, as trust has it."
    )


class VersionConfig(Model):
    """Where the version of a release comes from."""

    source: Literal["git"] = Field(default="git", description="git: the tag at the commit.")
    tag_pattern: Line = Field(
        default="v[0-9]*", description="Which tags are versions, as a pattern of git describe."
    )


class Project(Digested):
    """What holds for every ladder of the project."""

    project: Identifier = Field(description="The project's name.")
    default_ladder: Identifier = Field(
        default="staging", description="The ladder that is climbed when none is named."
    )
    store: StoreUrl = Field(
        default="file:artifacts/store", description="Where evidence is kept, by digest."
    )
    signer: SignerConfig = Field(default=SignerConfig(), description="Who signs.")
    version: VersionConfig = Field(default=VersionConfig(), description="Where versions come from.")

    @property
    def store_path(self) -> str:
        """The store's folder, relative to the project's root."""
        return self.store.removeprefix("file:")
