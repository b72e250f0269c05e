"""DSSE v1.0.2: the bytes that are signed (protocol.md, "SIGNATURE DEFINITION").

PAE binds the payload's type and length, so no payload can be taken for another's.
"""

from __future__ import annotations

from dataclasses import dataclass


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding of a payload: what a signature covers.

    Lengths are byte counts in decimal ASCII without leading zeros; the type is UTF-8.
    """
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload of a type with one signature over `signed_bytes`.

    DSSE allows several signatures; a Sigstore bundle, the only place where we keep an envelope,
    allows exactly one (bundle v0.3, `dsse_envelope`).
    """

    payload_type: str
    payload: bytes
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """The bytes that the signature is over."""
        return pae(self.payload_type, self.payload)
