"""The review contract: exactly what somebody looks at, and then adopts.

It is a function of the bundles, of the policies and of the ledger: made again from the same, it is
the same, byte for byte. So whoever applies it makes it again and compares.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import pydantic

from pipeline.core.canonical import MalformedError, check_path, digest_of, load_json
from pipeline.core.ledger.entry import Number, Plain, SetId
from pipeline.core.model import Model
from pipeline.core.predicates.fields import Artifact, DigestText
from pipeline.core.release import OriginClass, Phase

SCHEMA = "https://release-ladder.readthedocs.io/schemas/review/v1"


def _portable(path: str) -> str:
    """Refuse a path that is no portable relative one (pydantic wants `ValueError`)."""
    return check_path(path)


PathText = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=1000),
    pydantic.AfterValidator(_portable),
]


class PolicyStatus(StrEnum):
    """How the policies that the records were made under compare with those of now."""

    MATCH = "match"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    """There is no record, so nothing says under which policies."""


class SourceBundle(Model):
    """A phase's evidence bundle, as it was sealed."""

    phase: Phase
    path: PathText
    """Relative to the project's root."""
    manifest: DigestText
    """The digest of its HASH_MANIFEST.txt."""
    seal: DigestText
    """The digest of its bundle.sigstore.json."""
    closed: bool
    files: Number


class GeneratedRecord(Model):
    """A signed record in a bundle."""

    record_id: Plain
    family: Plain
    policy: Plain
    phase: Phase
    stage: Plain
    path: PathText
    """Relative to the phase's folder: the signed statement."""
    digest: DigestText
    """The digest of the signed statement."""
    policies: DigestText
    """The policy snapshot that it was made under."""
    adopted: bool
    """Whether the adoption policy adopts its family in this phase."""


class ReviewedKey(Model):
    """A public key that signed something in the bundles."""

    key_id: DigestText
    principal: Plain


class LedgerHead(Model):
    """The ledger as it was looked at; an adoption in between makes the contract stale."""

    head: DigestText | None
    next_free: Number


class Contract(Model):
    """What is adopted, under which policies, and what it comes from."""

    schema_id: Literal["https://release-ladder.readthedocs.io/schemas/review/v1"] = pydantic.Field(
        alias="schema"
    )
    set: SetId
    run: DigestText
    context: DigestText
    target: Plain
    channel: Plain
    gate: Plain
    ladder: Plain
    version: Plain
    source_revision: Plain
    adoption_policy: Plain | None
    origin_class: OriginClass
    """Derived when the bundles were verified, never read from a file."""
    sources: tuple[SourceBundle, ...] = pydantic.Field(min_length=1, max_length=2)
    records: tuple[GeneratedRecord, ...]
    adopted_record_ids: tuple[Plain, ...]
    artifacts: tuple[Artifact, ...]
    keys: tuple[ReviewedKey, ...]
    source_policies: tuple[DigestText, ...]
    """The policy snapshots of the records: one, unless policies changed on the way."""
    current_policies: DigestText
    policies_status: PolicyStatus
    ledger: LedgerHead
    contract_hash: DigestText

    @classmethod
    def make(cls, body: dict[str, Any]) -> Self:
        """Make a contract of all its fields but schema and hash."""
        whole = {"schema": SCHEMA, **body}
        return cls.from_json({**whole, "contract_hash": str(digest_of(whole))})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a contract strictly; `MalformedError` for any other form, field, schema or hash."""
        value = load_json(data)
        if isinstance(value, dict) and value.get("schema") != SCHEMA:
            given = str(value.get("schema"))[:120]
            msg = f"its schema is {given!r}; this version reads {SCHEMA!r} alone"
            raise MalformedError(msg)
        contract = cls.from_json(value)
        body = {name: member for name, member in value.items() if name != "contract_hash"}
        if contract.contract_hash != str(digest_of(body)):
            msg = "contract_hash is not the hash of the contract: it was changed after it was made"
            raise MalformedError(msg)
        if contract.to_bytes() != data:
            msg = "not in the one form that `invoke adopt --from` writes"
            raise MalformedError(msg)
        return contract

    def to_bytes(self) -> bytes:
        """Return the file's bytes: indented, for people."""
        text = json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)
        return f"{text}\n".encode()

    def of_phase(self, phase: Phase) -> tuple[GeneratedRecord, ...]:
        """Return the records of one phase that are adopted."""
        return tuple(item for item in self.records if item.phase is phase and item.adopted)

    def differences(self, other: Contract) -> list[str]:
        """Return the fields in which another contract differs, the hash aside, in words."""
        mine, theirs = self.to_dict(), other.to_dict()
        found: list[str] = []
        for name in sorted(mine.keys() - {"contract_hash"}):
            found += _differences(name, mine[name], theirs[name])
        return found


def _differences(path: str, left: object, right: object) -> list[str]:
    if left == right:
        return []
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return [
            words
            for name in left
            for words in _differences(f"{path}.{name}", left[name], right[name])
        ]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        return [words for at, pair in pairs for words in _differences(f"{path}[{at}]", *pair)]
    return [f"{path} was {_short(left)}, is {_short(right)}"]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004 - fits a line
