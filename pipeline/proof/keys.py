"""Keys: ECDSA P-256 and Ed25519 from PEM, nothing else; one PEM, one signature for each thing.

Sources: RFC 5280 (SubjectPublicKeyInfo), RFC 7468 (PEM), RFC 8032 (Ed25519), RFC 6979 (ECDSA
without chance), SEC 1 (ECDSA). A second encoding of a signature (another DER form, or `n - s`
for `s`) verifies too, so our own signatures are in strict DER with `s <= n/2`, and others are
refused.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from pipeline.core.canonical import Digest, MalformedError
from pipeline.proof.refused import Reason, RefusedError

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order n of the P-256 group (SEC 2, secp256r1)."""
MAX_PEM = 4096
"""Longest PEM text we read, in bytes."""
_ECDSA = ec.ECDSA(hashes.SHA256())
_PREHASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


class Algorithm(StrEnum):
    """The two signature algorithms, by the words that configuration uses."""

    ECDSA_P256 = "ecdsa-p256"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key, named by the digest of its DER SubjectPublicKeyInfo; equal keys are equal."""

    der: bytes = field(repr=False)
    key_id: Digest
    algorithm: Algorithm
    _key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes | str) -> PublicKey:
        """Read one `PUBLIC KEY` block; anything else, or any other form, is `MalformedError`."""
        text = pem.encode("utf-8", "replace") if isinstance(pem, str) else pem
        if len(text) > MAX_PEM:
            msg = f"{len(text)} bytes are too long for a public key"
            raise MalformedError(msg)
        try:
            public = cls.of(serialization.load_pem_public_key(text))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            msg = f"not a public key in PEM: {error}"
            raise MalformedError(msg) from error
        if text.split() != public.pem.split():
            msg = "not the one PEM form of this key (RFC 7468, uncompressed named curve)"
            raise MalformedError(msg)
        return public

    @classmethod
    def of(cls, key: object) -> PublicKey:
        """Take a key of the `cryptography` library; other kinds and curves are `MalformedError`."""
        if isinstance(key, ed25519.Ed25519PublicKey):
            algorithm = Algorithm.ED25519
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            algorithm = Algorithm.ECDSA_P256
        else:
            msg = "neither ECDSA P-256 nor Ed25519"
            raise MalformedError(msg)
        der = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return cls(der, Digest.of(der), algorithm, key)

    @property
    def pem(self) -> bytes:
        """The key as PEM, in its one form."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def hint(self) -> str:
        """base64(SHA-256(DER SubjectPublicKeyInfo)): `publicKey.hint`, as cosign has it."""
        return base64.b64encode(bytes.fromhex(self.key_id.hex)).decode()

    def verify(self, signature: bytes, message: bytes) -> None:
        """Accept our own signature over a message, else `RefusedError` (bad_signature, high_s)."""
        self.verify_foreign(signature, message)
        if self.algorithm is Algorithm.ECDSA_P256:
            _refuse_second_encoding(signature)

    def verify_foreign(self, signature: bytes, message: bytes) -> None:
        """Accept anybody's signature over a message, in any encoding; else `RefusedError`."""
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                self._key.verify(signature, message, _ECDSA)
        except (InvalidSignature, ValueError) as error:
            raise RefusedError(
                Reason.BAD_SIGNATURE, "the signature does not fit the bytes it stands beside"
            ) from error

    def verify_foreign_digest(self, signature: bytes, digest: Digest) -> None:
        """Accept an ECDSA signature over a message of which we know the SHA-256 alone.

        Ed25519 signs messages, not digests (RFC 8032): such a key is refused here.
        """
        if isinstance(self._key, ed25519.Ed25519PublicKey):
            raise RefusedError(
                Reason.BAD_SIGNATURE, "Ed25519 signs whole messages, and only a digest is known"
            )
        try:
            self._key.verify(signature, bytes.fromhex(digest.hex), _PREHASHED)
        except (InvalidSignature, ValueError) as error:
            raise RefusedError(
                Reason.BAD_SIGNATURE, "the signature does not fit the artifact's digest"
            ) from error


def _refuse_second_encoding(signature: bytes) -> None:
    _, s = utils.decode_dss_signature(signature)  # OpenSSL has refused all but strict DER
    if s > P256_ORDER // 2:
        raise RefusedError(Reason.HIGH_S, "the signature is the high twin (s > n/2) of ours")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. Never printed: its `repr` names the public half alone."""

    public: PublicKey
    _key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes) -> SigningKey:
        """Read an unencrypted private key; `MalformedError` for anything else, without its text."""
        if len(pem) > MAX_PEM:
            msg = f"{len(pem)} bytes are too long for a private key"
            raise MalformedError(msg)
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            msg = "not an unencrypted private key in PEM (PKCS #8)"
            raise MalformedError(msg) from None  # the cause could quote the key
        if not isinstance(key, (ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)):
            msg = "neither ECDSA P-256 nor Ed25519"
            raise MalformedError(msg)
        return cls(PublicKey.of(key.public_key()), key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message: always the same one where OpenSSL can (RFC 6979)."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        try:
            algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
            signature = self._key.sign(message, algorithm)
        except UnsupportedAlgorithm:  # OpenSSL before 3.2
            signature = self._key.sign(message, _ECDSA)
        r, s = utils.decode_dss_signature(signature)
        return utils.encode_dss_signature(r, min(s, P256_ORDER - s))
