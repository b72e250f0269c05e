"""Two algorithms, one PEM for a key, one signature for a message."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils

from pipeline.core.canonical import Digest, MalformedError
from pipeline.proof.keys import P256_ORDER, Algorithm, PublicKey, SigningKey
from pipeline.proof.refused import Reason, RefusedError
from tests.proof import making

KEYS = pytest.mark.parametrize("key", [making.P256, making.ED25519], ids=["p256", "ed25519"])


def high_twin(signature: bytes) -> bytes:
    r, s = utils.decode_dss_signature(signature)
    return utils.encode_dss_signature(r, P256_ORDER - s)


@KEYS
def test_a_public_key_survives_its_pem(key: SigningKey) -> None:
    assert PublicKey.from_pem(key.public.pem) == key.public
    assert PublicKey.from_pem(key.public.pem.decode().replace("\n", "\r\n")) == key.public


def test_the_hint_is_that_of_cosign() -> None:
    key = ec.derive_private_key(7, ec.SECP256R1())
    public = PublicKey.from_pem(making.public_pem(key))
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public.hint == base64.b64encode(hashlib.sha256(der).digest()).decode()
    assert str(public.key_id) == "sha256:" + hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())],
    ids=["rsa", "p384"],
)
def test_other_kinds_of_key_are_refused(key: object) -> None:
    with pytest.raises(MalformedError, match="neither ECDSA P-256 nor Ed25519"):
        PublicKey.from_pem(making.public_pem(key))
    with pytest.raises(MalformedError):
        SigningKey.from_pem(making.private_pem(key))


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"hello",
        making.P256.public.pem * 2,
        b"words before\n" + making.P256.public.pem,
        making.P256.public.pem + b"words behind\n",
        b" " * 5000 + making.P256.public.pem,
        making.private_pem(ed25519.Ed25519PrivateKey.generate()),
        "-----BEGIN PUBLIC KEY-----\n\udcff\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_not_exactly_one_public_key_is_refused(pem: bytes | str) -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_pem(pem)


def test_a_compressed_point_is_a_second_form_and_refused() -> None:
    point = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    compressed = point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    prefix = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    body = base64.b64encode(prefix + compressed).decode()
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
    with pytest.raises(MalformedError):
        PublicKey.from_pem(pem)


@KEYS
def test_one_message_has_one_signature(key: SigningKey) -> None:
    signature = key.sign(b"message")
    assert key.sign(b"message") == signature
    key.public.verify(signature, b"message")
    with pytest.raises(RefusedError) as refused:
        key.public.verify(signature, b"other")
    assert refused.value.reason is Reason.BAD_SIGNATURE


def test_all_that_we_sign_is_low() -> None:
    for number in range(64):
        _, s = utils.decode_dss_signature(making.P256.sign(b"%d" % number))
        assert 0 < s <= P256_ORDER // 2


def test_the_high_twin_verifies_elsewhere_and_is_refused_as_ours() -> None:
    twin = high_twin(making.P256.sign(b"message"))
    making.P256.public.verify_foreign(twin, b"message")
    with pytest.raises(RefusedError) as refused:
        making.P256.public.verify(twin, b"message")
    assert refused.value.reason is Reason.HIGH_S


@pytest.mark.parametrize(
    "signature", [b"", b"\x30\x00", b"\x00" * 64, b"\x30\x06\x02\x01\x00\x02\x01\x00"]
)
@KEYS
def test_what_is_no_signature_is_a_bad_one(key: SigningKey, signature: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        key.public.verify(signature, b"message")
    assert refused.value.reason is Reason.BAD_SIGNATURE


def test_a_longer_der_form_of_a_signature_is_refused() -> None:
    r, s = utils.decode_dss_signature(making.P256.sign(b"message"))
    integers = [
        b"\x02" + bytes([len(body)]) + body
        for number in (r, s)
        for body in [b"\x00" * 2 + number.to_bytes(32, "big")]
    ]
    body = b"".join(integers)
    with pytest.raises(RefusedError) as refused:
        making.P256.public.verify(b"\x30" + bytes([len(body)]) + body, b"message")
    assert refused.value.reason is Reason.BAD_SIGNATURE


def test_a_digest_alone_is_enough_for_ecdsa_and_never_for_ed25519() -> None:
    digest = Digest.of(b"message")
    making.P256.public.verify_foreign_digest(making.P256.sign(b"message"), digest)
    for key in (making.P256, making.ED25519):
        with pytest.raises(RefusedError):
            key.public.verify_foreign_digest(key.sign(b"other"), digest)
    with pytest.raises(RefusedError, match="whole messages"):
        making.ED25519.public.verify_foreign_digest(making.ED25519.sign(b"message"), digest)


def test_a_private_key_is_never_shown() -> None:
    pem = making.private_pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    key = SigningKey.from_pem(pem)
    assert "PRIVATE" not in repr(key)
    assert key.public.algorithm is Algorithm.ED25519
    encrypted = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"words"),
    )
    for bad in (encrypted, pem[:60], b"x" * 5000, key.public.pem):
        with pytest.raises(MalformedError) as refused:
            SigningKey.from_pem(bad)
        assert refused.value.__cause__ is None
