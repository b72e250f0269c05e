"""A challenge to a signer, and its answer: how a signer proves which key it holds.

A challenge is no statement: it has a DSSE payload type of its own, which the signature covers
(DSSE v1.0.2, PAE), so the answer to one can never be taken for evidence, nor evidence for an
answer.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from pipeline.core.canonical import Digest, MalformedError, canonical, load_canonical

CHALLENGE_TYPE = "application/vnd.release-ladder.signer-challenge.v1+json"
"""The DSSE payload type of a challenge, and of nothing else."""
_NONCE = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MEMBERS = ("asked_at", "key", "nonce")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a signer is asked to sign to prove which key it holds: fresh, and used once."""

    nonce: str
    """256 random bits in hex."""
    key: str
    """Digest of the expected key's DER SubjectPublicKeyInfo (`sha256:HEX`)."""
    asked_at: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that are signed."""
        return canonical(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Challenge:
        """Read a challenge in its one byte form; `MalformedError` for anything else."""
        value = load_canonical(data)
        if not isinstance(value, dict) or tuple(sorted(value)) != _MEMBERS:
            msg = f"a challenge holds exactly {', '.join(_MEMBERS)}"
            raise MalformedError(msg)
        if not all(isinstance(member, str) for member in value.values()):
            msg = "every member of a challenge is text"
            raise MalformedError(msg)
        if not _NONCE.fullmatch(value["nonce"]) or not _TIME.fullmatch(value["asked_at"]):
            msg = "a challenge has a nonce of 64 hex digits, and a time in whole seconds of UTC"
            raise MalformedError(msg)
        Digest.parse(value["key"])
        return cls(**value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a signer says to a challenge."""

    payload: bytes
    """What it says to have signed."""
    signature: bytes
    hint: str
    """The name of the key that it says to hold, as in a bundle."""
