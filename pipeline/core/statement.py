"""in-toto Statement v1: made canonically, read strictly.

Source: in-toto attestation framework v1, `spec/v1/statement.md`. Stricter than it in what must be
there: at least one subject, every subject with a name and a bare-hex SHA-256, no duplicate keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.core.canonical import Digest, MalformedError, canonical, load_json
from pipeline.core.families import RecordFamily

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
OLDER_TYPE = "https://in-toto.io/Statement/v0.1"
"""The version before v1, with the same four members; others still make it, we never do."""
PAYLOAD_TYPE = "application/vnd.in-toto+json"
OWN = "https://release-ladder.readthedocs.io/predicates/"
"""Under this one constant live all predicate types of our own: `OWN + NAME + "/v1"`."""

_VERSION_PART = re.compile(r"v?\d+(\.\d+)*")


def own_type(name: str) -> str:
    """Return the predicate type of our own predicate NAME, version 1."""
    return f"{OWN}{name}/v1"


STAGE_RESULT = own_type("stage-result")
OUTCOME = own_type("outcome")
EVIDENCE_BUNDLE = own_type("evidence-bundle")
APPROVAL = own_type("approval")
CHECK_REPORT = own_type("check-report")
CANARY = own_type("canary")
DEPLOYMENT = own_type("deployment")
SMOKE = own_type("smoke")
HOLD = own_type("hold")
PROVENANCE = "https://slsa.dev/provenance/v1"
SBOM = "https://cyclonedx.org/bom"
VULNERABILITIES = "https://in-toto.io/attestation/vulns/v0.2"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
RELEASE = "https://in-toto.io/attestation/release/v0.2"
VSA = "https://slsa.dev/verification_summary/v1"


def record_type(family: RecordFamily) -> str:
    """Return the predicate type of a family's records."""
    return own_type(f"record-{family.value.replace('_', '-')}")


RECORDS: dict[str, RecordFamily] = {record_type(family): family for family in RecordFamily}
"""The predicate types of records, and their families."""
OF_THE_PIPELINE = frozenset({VSA, *RECORDS})
"""What the pipeline itself says of a stage, beside what the steps have found: no step makes it."""


def slug(predicate_type: str) -> str:
    """Return the short word that stands in a file name for a predicate type."""
    parts = [part for part in re.split(r"[/:#]", predicate_type) if part]
    words = [part for part in parts if not _VERSION_PART.fullmatch(part)]
    return (
        re.sub(r"[^a-z0-9]+", "-", (words or ["statement"])[-1].lower()).strip("-") or "statement"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A thing that a statement is about."""

    name: str
    digest: Digest

    def to_dict(self) -> dict[str, Any]:
        """Return the in-toto form: the digest as bare hex under its algorithm."""
        return {"name": self.name, "digest": {"sha256": self.digest.hex}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A claim (predicate) of a type about subjects."""

    predicate_type: str
    subjects: tuple[Subject, ...]
    predicate: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Return the statement as RFC 8785 bytes, the payload that is signed."""
        if not self.subjects:
            msg = "a statement without a subject says nothing"
            raise MalformedError(msg)
        return canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [subject.to_dict() for subject in self.subjects],
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )

    @classmethod
    def from_bytes(cls, payload: bytes, *, older: bool = False) -> Statement:
        """Read a statement; whatever is not strictly one raises `MalformedError`.

        With `older` (for statements of others) v0.1 is read too.
        """
        value = load_json(payload, floats=True)
        types = (STATEMENT_TYPE, OLDER_TYPE) if older else (STATEMENT_TYPE,)
        if not isinstance(value, dict) or value.get("_type") not in types:
            msg = f"not an in-toto statement: _type is not {STATEMENT_TYPE}"
            raise MalformedError(msg)
        predicate_type, predicate = value.get("predicateType"), value.get("predicate", {})
        if not isinstance(predicate_type, str) or not predicate_type:
            msg = "predicateType is missing or no string"
            raise MalformedError(msg)
        if not isinstance(predicate, dict):
            msg = "the predicate is no object"
            raise MalformedError(msg)
        subjects = value.get("subject")
        if not isinstance(subjects, list) or not subjects:
            msg = "the statement has no subject"
            raise MalformedError(msg)
        return cls(
            predicate_type=predicate_type,
            subjects=tuple(_subject(item) for item in subjects),
            predicate=predicate,
        )


def _subject(value: object) -> Subject:
    digests = value.get("digest") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(digests, dict):
        msg = "a subject is no object with a digest"
        raise MalformedError(msg)
    name, sha256 = value.get("name", ""), digests.get("sha256")
    if not isinstance(name, str) or not isinstance(sha256, str):
        msg = "a subject needs a name and digest.sha256 as bare hex"
        raise MalformedError(msg)
    return Subject(name=name, digest=Digest(sha256))
