"""Bundles of others, checked with a key given by hand; the samples are cosign's own."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, canonical
from pipeline.core.release import OriginClass
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.verify import (
    GIVEN_KEY,
    VerifiedMessage,
    VerifiedStatement,
    verify_foreign,
)
from tests.proof import making

COSIGN = Path(__file__).parent / "cosign"


def cosign(name: str) -> tuple[bytes, bytes, Digest]:
    artifact = Digest.of((COSIGN / "artifact.txt").read_bytes())
    data = (COSIGN / f"{name}.sigstore.json").read_bytes()
    return data, (COSIGN / "key.pub.pem").read_bytes(), artifact


def foreign_refusal(data: bytes, pem: bytes, artifact: Digest) -> Reason:
    with pytest.raises(RefusedError) as error:
        verify_foreign(data, pem, artifact)
    return error.value.reason


def test_a_statement_by_cosign_is_believed_with_its_key() -> None:
    data, pem, artifact = cosign("statement_v1")
    verified = verify_foreign(data, pem, artifact)
    assert isinstance(verified, VerifiedStatement)
    assert verified.statement.predicate == {"note": "made by cosign", "weight": 1.5}
    assert (verified.principal, verified.origin) == (GIVEN_KEY, OriginClass.LOCAL)
    assert foreign_refusal(data, pem, Digest.of(b"other")) is Reason.WRONG_SUBJECT
    stranger = making.STRANGER.public.pem
    assert foreign_refusal(data, stranger, artifact) is Reason.BAD_SIGNATURE


def test_a_blob_signed_by_cosign_is_believed_with_its_key() -> None:
    data, pem, artifact = cosign("message")
    verified = verify_foreign(data, pem, artifact)
    assert isinstance(verified, VerifiedMessage)
    assert verified.artifact == artifact
    assert foreign_refusal(data, pem, Digest.of(b"other")) is Reason.WRONG_SUBJECT
    stranger = making.STRANGER.public.pem
    assert foreign_refusal(data, stranger, artifact) is Reason.BAD_SIGNATURE
    value = json.loads(data)
    del value["messageSignature"]["messageDigest"]
    assert foreign_refusal(canonical(value), pem, Digest.of(b"other")) is Reason.BAD_SIGNATURE


def test_an_old_statement_by_cosign_is_no_statement_v1() -> None:
    assert foreign_refusal(*cosign("statement_v01")) is Reason.MALFORMED_STATEMENT


def test_another_payload_type_is_refused_in_foreign_bundles_too() -> None:
    value = json.loads(cosign("statement_v1")[0])
    value["dsseEnvelope"]["payloadType"] = "application/json"
    reason = foreign_refusal(canonical(value), *cosign("statement_v1")[1:])
    assert reason is Reason.WRONG_PAYLOAD_TYPE


def test_every_flipped_bit_of_a_foreign_signature_or_payload_is_refused() -> None:
    data, pem, artifact = cosign("statement_v1")
    payload = base64.b64decode(json.loads(data)["dsseEnvelope"]["payload"])
    start = data.index(b'"payload":"') + len(b'"payload":"')
    for place in range(start * 8, data.index(b"}]}}") * 8):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        try:
            verified = verify_foreign(bytes(flipped), pem, artifact)
        except RefusedError:
            continue
        # base64 of others may have a second spelling; what it says is the same
        assert isinstance(verified, VerifiedStatement)
        assert verified.payload == payload
