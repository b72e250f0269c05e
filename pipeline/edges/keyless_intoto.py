"""Log entries of kind `intoto` 0.0.2, which sigstore-python leaves out and older provenance has.

Source: rekor, `pkg/types/intoto/v0.0.2`. Everything but two steps stays sigstore-python's: the time
that such an entry's inclusion promise binds, and that the entry is about the bundle's envelope:

1. There is one signature in it, that of the envelope, by the bundle's certificate.
2. The SHA-256 of its payload, and its type, are the envelope's; so is a payload that it holds.

What is wrong is `RefusedError`, or whatever a reader raises: the caller refuses on either.
"""

# ruff: noqa: SLF001 - there is no public way; what changes under us raises, and is refused

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, load_json
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import MAX_BUNDLE

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore._internal.timestamp import TimestampVerificationResult
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier
    from sigstore.verify.policy import VerificationPolicy

KIND = {"kind": "intoto", "version": "0.0.2"}
"""`kindVersion` of the entries that this file is about."""


def intoto_verifier(root: TrustedRoot) -> Verifier:
    """Return sigstore-python's verifier, able to verify DSSE bundles with such an entry."""
    from sigstore.verify import Verifier

    class IntotoVerifier(Verifier):
        """Two steps of its own; see the file."""

        def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
            return _times(self, bundle)

        def verify_dsse(self, bundle: Bundle, policy: VerificationPolicy) -> tuple[str, bytes]:
            """Verify as sigstore-python does, but for the log entry's body."""
            self._verify_common_signing_cert(bundle, policy)
            return _envelope(bundle)

    return IntotoVerifier(trusted_root=root)


def _times(verifier: Verifier, bundle: Bundle) -> list[TimestampVerificationResult]:
    """Return the times as `Verifier._establish_time` does, whatever the entry's kind."""
    from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult

    times = []
    if bundle.verification_material.timestamp_verification_data:
        if not verifier._trusted_root.get_timestamp_authorities():
            raise RefusedError(Reason.UNVERIFIED, "the trusted root names no timestamp authority")
        times += verifier._verify_timestamp_authority(bundle)
    inner = bundle.log_entry._inner
    if inner.integrated_time and inner.inclusion_promise:
        at = datetime.fromtimestamp(inner.integrated_time, UTC)
        source = TimestampSource.TRANSPARENCY_SERVICE
        times.append(TimestampVerificationResult(source=source, time=at))
    return times


def _envelope(bundle: Bundle) -> tuple[str, bytes]:
    """Return type and payload of the envelope, when its signature and its log entry fit."""
    from sigstore import dsse

    envelope = bundle._dsse_envelope
    if envelope is None:
        raise RefusedError(Reason.MALFORMED, "the bundle has no DSSE envelope")
    certificate, inner = bundle.signing_certificate, envelope._inner
    dsse._verify(certificate.public_key(), envelope)  # type: ignore[arg-type] # as its caller does
    body = bundle.log_entry._inner.canonicalized_body
    check_body(body, certificate, envelope.signature, inner.payload_type, inner.payload)
    return inner.payload_type, inner.payload


def check_body(
    body: bytes, certificate: Certificate, signature: bytes, payload_type: str, payload: bytes
) -> None:
    """Refuse the body of an entry that is about another envelope, signature or certificate."""
    from cryptography.x509 import load_pem_x509_certificate

    value = load_json(body, limit=MAX_BUNDLE)
    if (value["kind"], value["apiVersion"]) != (KIND["kind"], KIND["version"]):
        raise _other("of another kind")
    content = value["spec"]["content"]
    envelope, hashed = content["envelope"], content["payloadHash"]
    if len(envelope["signatures"]) != 1:
        raise _other("not about one signature")
    logged = envelope["signatures"][0]
    if load_pem_x509_certificate(_once(logged["publicKey"])) != certificate:
        raise _other("about another certificate")
    if signature not in _meanings(logged["sig"]):
        raise _other("about another signature")
    if hashed != {"algorithm": "sha256", "value": Digest.of(payload).hex}:
        raise _other("about another payload")
    if envelope["payloadType"] != payload_type:
        raise _other("about another payload type")
    if envelope.get("payload") and payload not in _meanings(envelope["payload"]):
        raise _other("about another payload")


def _once(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _meanings(text: str) -> list[Any]:
    """Return what base64 means: rekor encodes what is base64 already once more, clones do not."""
    first = _once(text)
    try:
        return [first, _once(first.decode("ascii"))]
    except ValueError:
        return [first]


def _other(how: str) -> RefusedError:
    return RefusedError(Reason.UNVERIFIED, f"the log entry is {how}")
