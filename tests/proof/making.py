"""Keys, statements and bundles for tests, made with the primitives alone."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from pipeline.core.canonical import Digest
from pipeline.core.statement import PAYLOAD_TYPE, Statement, Subject
from pipeline.proof.dsse import Envelope, pae
from pipeline.proof.keys import SigningKey
from pipeline.proof.sigstore_bundle import KeyBundle
from pipeline.proof.trust import RehearsalTrust, TrustedKey

FOREIGN_TYPE = "https://example.org/note/v1"
ARTIFACT = b"an artifact\n"
NOW = "2026-06-01T12:00:00Z"
WINDOW = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")

SomePrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def private_pem(key: Any) -> bytes:  # noqa: ANN401 - any private key of the library
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem


def public_pem(key: Any) -> bytes:  # noqa: ANN401 - as above
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


P256 = SigningKey.from_pem(private_pem(ec.derive_private_key(20261120, ec.SECP256R1())))
ED25519 = SigningKey.from_pem(
    private_pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
)
STRANGER = SigningKey.from_pem(private_pem(ec.derive_private_key(666, ec.SECP256R1())))


def trusted(key: SigningKey, **changed: Any) -> TrustedKey:  # noqa: ANN401 - fields of any type
    fields: dict[str, Any] = {
        "pem": key.public.pem.decode(),
        "principal": "somebody",
        "valid_from": WINDOW[0],
        "valid_until": WINDOW[1],
    }
    return TrustedKey(**(fields | changed))


def trust(*keys: SigningKey, **changed: Any) -> RehearsalTrust:  # noqa: ANN401 - as above
    return RehearsalTrust([trusted(key, **changed) for key in keys])


def statement(
    predicate_type: str = FOREIGN_TYPE, predicate: dict[str, Any] | None = None
) -> Statement:
    return Statement(
        predicate_type=predicate_type,
        subjects=(Subject(name="artifact.txt", digest=Digest.of(ARTIFACT)),),
        predicate={"note": "hello"} if predicate is None else predicate,
    )


def sign(key: SigningKey, payload: bytes, *, payload_type: str = PAYLOAD_TYPE) -> Envelope:
    return Envelope(
        payload_type=payload_type, payload=payload, signature=key.sign(pae(payload_type, payload))
    )


def bundle(key: SigningKey = P256, payload: bytes | None = None) -> bytes:
    content = statement().to_bytes() if payload is None else payload
    return KeyBundle(envelope=sign(key, content), hint=key.public.hint).to_bytes()
