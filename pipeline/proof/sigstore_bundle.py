"""Sigstore bundles v0.3 with a managed key and one DSSE signature: written, and read strictly.

Source: sigstore/protobuf-specs, `sigstore_bundle.proto` and `sigstore_common.proto`, JSON mapping
of proto3. Our own bundles have exactly one byte form (RFC 8785), so no second file means the same;
bundles of others (`load_foreign`) may be any JSON of the standard's fields. Log entries and
timestamps of foreign bundles are not looked at: a key given by hand is the only root here.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from pipeline.core.canonical import Digest, MalformedError, load_json
from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.proof.dsse import Envelope
from pipeline.proof.refused import Reason, RefusedError

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
FOREIGN_MEDIA_TYPES = frozenset(
    {
        MEDIA_TYPE,
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
    }
)
MAX_BUNDLE = 12 * 1024 * 1024
"""Largest bundle we read, in bytes: the largest statement (8 MiB) in base64, and its frame."""

_FORM = (
    '{"dsseEnvelope":{"payload":"%s","payloadType":"'
    + PAYLOAD_TYPE
    + '","signatures":[{"sig":"%s"}]},"mediaType":"'
    + MEDIA_TYPE
    + '","verificationMaterial":{"publicKey":{"hint":"%s"}}}'
)
"""The canonical form: member names sorted, no white space; base64 needs no escapes."""
_PATTERN = re.compile(re.escape(_FORM).replace("%s", '([^"]*)').encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBundle:
    """One of our own bundles: a DSSE envelope, and the hint that names the key."""

    envelope: Envelope
    hint: str

    def to_bytes(self) -> bytes:
        """Return the bundle's only byte form; other payload types are `MalformedError`."""
        if self.envelope.payload_type != PAYLOAD_TYPE:
            msg = f"our bundles carry {PAYLOAD_TYPE}, not {self.envelope.payload_type[:80]!r}"
            raise MalformedError(msg)
        payload, signature = self.envelope.payload, self.envelope.signature
        return (_FORM % (_encode(payload), _encode(signature), self.hint)).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSignature:
    """A signature over an artifact itself, of which the bundle may name the SHA-256."""

    digest: Digest | None
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBundle:
    """A managed-key bundle that somebody else wrote."""

    content: Envelope | MessageSignature
    hint: str | None


def load_canonical(data: bytes) -> KeyBundle:
    """Read one of our own bundles; `RefusedError` for all that is not exactly its byte form."""
    _check_size(data)
    match = _PATTERN.fullmatch(data)
    if match is None:
        raise _why_not_ours(data)
    payload, signature, hint = match.groups()
    decode_base64(hint, "publicKey.hint")
    return KeyBundle(
        envelope=Envelope(
            payload_type=PAYLOAD_TYPE,
            payload=decode_base64(payload, "payload"),
            signature=decode_base64(signature, "sig"),
        ),
        hint=hint.decode("ascii"),
    )


def load_foreign(data: bytes) -> ForeignBundle:
    """Read a managed-key bundle of others: any strict JSON of the standard's fields, v0.1 to v0.3.

    Errors are `RefusedError` (malformed).
    """
    _check_size(data)
    try:
        value = load_json(data, limit=MAX_BUNDLE, floats=True)
    except MalformedError as error:
        raise RefusedError(Reason.MALFORMED, f"the bundle is {error}") from error
    bundle = _members(
        value,
        "the bundle",
        required={"mediaType", "verificationMaterial"},
        allowed={"dsseEnvelope", "messageSignature"},
    )
    media_type = bundle["mediaType"]
    if not isinstance(media_type, str) or media_type not in FOREIGN_MEDIA_TYPES:
        raise _malformed(f"mediaType is no known version: {str(media_type)[:80]!r}")
    hint = _public_key_hint(bundle["verificationMaterial"])
    if ("dsseEnvelope" in bundle) == ("messageSignature" in bundle):
        raise _malformed("a bundle holds either dsseEnvelope or messageSignature")
    if "dsseEnvelope" in bundle:
        return ForeignBundle(content=_foreign_envelope(bundle["dsseEnvelope"]), hint=hint)
    return ForeignBundle(content=_message_signature(bundle["messageSignature"]), hint=hint)


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BUNDLE:
        raise _malformed(f"{len(data)} bytes are more than the {MAX_BUNDLE} a bundle may have")


def _malformed(text: str) -> RefusedError:
    return RefusedError(Reason.MALFORMED, text)


def _why_not_ours(data: bytes) -> RefusedError:
    """Say why bytes are not in the form of our own bundles (they are refused in any case)."""
    try:
        content = load_foreign(data).content
    except RefusedError as error:
        return error
    if isinstance(content, MessageSignature):
        return _malformed("the bundle signs an artifact, not a statement about it")
    if content.payload_type != PAYLOAD_TYPE:
        text = f"payloadType is {content.payload_type[:80]!r}, not {PAYLOAD_TYPE}"
        return RefusedError(Reason.WRONG_PAYLOAD_TYPE, text)
    return RefusedError(
        Reason.NOT_CANONICAL, "a bundle, but not in the one byte form of ours (RFC 8785, v0.3)"
    )


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: bytes, what: str) -> bytes:
    """Decode base64 of which there is one spelling: padded, and no bits behind the last byte."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise _malformed(f"{what} is not base64: {error}") from error
    if binascii.b2a_base64(data, newline=False) != text:
        raise _malformed(f"{what} is not canonical base64 (RFC 4648, 3.5)")
    return data


def _decode_foreign(value: object, what: str) -> bytes:
    """Decode base64 as proto3's JSON mapping allows it: either alphabet, padding or none."""
    if not isinstance(value, str) or not value.isascii():
        raise _malformed(f"{what} is no base64 text")
    text = value.rstrip("=").replace("-", "+").replace("_", "/")
    return _decode_any(text + "=" * (-len(text) % 4), what)


def _decode_any(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _malformed(f"{what} is not base64: {error}") from error


def _members(
    value: object, what: str, *, required: set[str], allowed: set[str] | None = None
) -> dict[str, Any]:
    """Return an object that has all required members and no unknown one."""
    if not isinstance(value, dict):
        raise _malformed(f"{what} is no object")
    missing, unknown = required - value.keys(), value.keys() - required - (allowed or set())
    if missing or unknown:
        names = ", ".join(sorted(name[:40] for name in missing or unknown))
        raise _malformed(f"{what} {'lacks' if missing else 'has unknown members'}: {names}")
    return value


def _public_key_hint(value: object) -> str | None:
    material = _members(
        value,
        "verificationMaterial",
        required={"publicKey"},
        allowed={"tlogEntries", "timestampVerificationData"},
    )
    public = _members(material["publicKey"], "publicKey", required=set(), allowed={"hint"})
    hint = public.get("hint")
    if hint is not None and not isinstance(hint, str):
        raise _malformed("publicKey.hint is no text")
    return hint


def _foreign_envelope(value: object) -> Envelope:
    envelope = _members(value, "dsseEnvelope", required={"payload", "payloadType", "signatures"})
    signatures, payload_type = envelope["signatures"], envelope["payloadType"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise _malformed("a bundle carries exactly one DSSE signature")
    signature = _members(signatures[0], "the signature", required={"sig"}, allowed={"keyid"})
    if not isinstance(payload_type, str) or not payload_type.isascii():
        raise _malformed("payloadType is no plain text")
    return Envelope(
        payload_type=payload_type,
        payload=_decode_foreign(envelope["payload"], "payload"),
        signature=_decode_foreign(signature["sig"], "sig"),
    )


def _message_signature(value: object) -> MessageSignature:
    message = _members(value, "messageSignature", required={"signature"}, allowed={"messageDigest"})
    signature = _decode_foreign(message["signature"], "signature")
    if "messageDigest" not in message:
        return MessageSignature(digest=None, signature=signature)
    named = _members(message["messageDigest"], "messageDigest", required={"algorithm", "digest"})
    digest = _decode_foreign(named["digest"], "messageDigest.digest").hex()
    if named["algorithm"] != "SHA2_256" or len(digest) != 64:  # noqa: PLR2004 - hex of 32 bytes
        raise _malformed("messageDigest is no SHA2_256 of 32 bytes")
    return MessageSignature(digest=Digest(digest), signature=signature)
