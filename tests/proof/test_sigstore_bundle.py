"""Our bundles have one byte form; bundles of others may have any that the standard allows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.proof.dsse import Envelope
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import (
    MAX_BUNDLE,
    KeyBundle,
    MessageSignature,
    load_canonical,
    load_foreign,
)
from tests.proof import making

COSIGN = Path(__file__).parent / "cosign"
"""Made by cosign 3.1.3 with a key of its own, whose private half was thrown away."""

Edit = Callable[[dict[str, Any]], object]


def refusal(load: Callable[[bytes], object], data: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        load(data)
    return refused.value


def edited(edit: Edit) -> bytes:
    value = json.loads(making.bundle())
    edit(value)
    return canonical(value)


def test_a_bundle_survives_its_bytes() -> None:
    data = making.bundle()
    loaded = load_canonical(data)
    assert loaded.to_bytes() == data
    assert loaded.envelope == making.sign(making.P256, making.statement().to_bytes())
    assert loaded.hint == making.P256.public.hint


def test_the_bytes_are_rfc_8785() -> None:
    data = making.bundle()
    assert canonical(json.loads(data)) == data


def test_our_bundles_read_as_anybodys() -> None:
    loaded = load_foreign(making.bundle())
    assert loaded.content == load_canonical(making.bundle()).envelope
    assert loaded.hint == making.P256.public.hint


def test_a_payload_of_another_type_is_not_written() -> None:
    envelope = making.sign(making.P256, b"{}", payload_type="text/plain")
    with pytest.raises(MalformedError, match="text/plain"):
        KeyBundle(envelope=envelope, hint=making.P256.public.hint).to_bytes()


@pytest.mark.parametrize(
    "spelling",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: json.dumps(json.loads(data), indent=1).encode(),
        lambda data: json.dumps(dict(reversed(json.loads(data).items()))).encode(),
        lambda data: data.replace(b"+json", b"\\u002bjson"),
        lambda data: data.replace(b'{"sig"', b'{"keyid":"","sig"'),
        lambda data: data.replace(
            b'"verificationMaterial":{', b'"verificationMaterial":{"tlogEntries":[],'
        ),
    ],
)
def test_a_second_spelling_of_our_bundle_is_not_canonical(
    spelling: Callable[[bytes], bytes],
) -> None:
    data = spelling(making.bundle())
    load_foreign(data)
    assert refusal(load_canonical, data).reason is Reason.NOT_CANONICAL


def test_base64_has_one_spelling() -> None:
    payload = b'{"a":1}'  # 7 bytes: one group with padding, so bits are left over
    text = base64.b64encode(payload)
    assert text.endswith(b"fQ==")
    data = KeyBundle(envelope=making.sign(making.P256, payload), hint="AA==").to_bytes()
    load_canonical(data)
    for spelling in (b"fR==", b"fQ", b"fQ=", b"fQ===", b"fQ==\\n", b"f Q=="):
        changed = data.replace(text, text[:-4] + spelling)
        assert changed != data
        reason = refusal(load_canonical, changed).reason
        assert reason in {Reason.MALFORMED, Reason.NOT_CANONICAL}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda b: b.update(mediaType="application/json"), "mediaType"),
        (lambda b: b.pop("mediaType"), "lacks: mediaType"),
        (lambda b: b.update(extra=1), "unknown members: extra"),
        (lambda b: b.pop("dsseEnvelope"), "either dsseEnvelope or messageSignature"),
        (lambda b: b.update(messageSignature={}), "either dsseEnvelope or messageSignature"),
        (lambda b: b.update(verificationMaterial={"certificate": {}}), "lacks: publicKey"),
        (lambda b: b["verificationMaterial"].update(publicKey={"hint": 1}), "hint is no text"),
        (lambda b: b["verificationMaterial"].update(publicKey=[]), "publicKey is no object"),
        (lambda b: b["dsseEnvelope"].update(signatures=[]), "exactly one"),
        (lambda b: b["dsseEnvelope"].update(signatures=[{"sig": "AA=="}] * 2), "exactly one"),
        (lambda b: b["dsseEnvelope"].update(signatures={}), "exactly one"),
        (lambda b: b["dsseEnvelope"].update(payload=None), "payload is no base64"),
        (lambda b: b["dsseEnvelope"].update(payload="é"), "payload is no"),
        (lambda b: b["dsseEnvelope"].update(payload="!"), "payload is not base64"),
        (lambda b: b["dsseEnvelope"].update(payloadType=7), "payloadType is no plain text"),
    ],
)
def test_what_is_no_bundle_is_malformed(edit: Edit, words: str) -> None:
    for load in (load_canonical, load_foreign):
        error = refusal(load, edited(edit))
        assert error.reason is Reason.MALFORMED
        assert words in error.text


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":NaN}', b'{"a":1,"a":1}'],
)
def test_what_is_no_strict_json_object_is_malformed(data: bytes) -> None:
    assert refusal(load_canonical, data).reason is Reason.MALFORMED
    assert refusal(load_foreign, data).reason is Reason.MALFORMED


def test_a_bundle_is_bounded() -> None:
    data = making.bundle() + b" " * MAX_BUNDLE
    for load in (load_canonical, load_foreign):
        assert "bytes are more than" in refusal(load, data).text


def test_another_payload_type_is_named() -> None:
    data = edited(lambda b: b["dsseEnvelope"].update(payloadType="text/plain"))
    assert refusal(load_canonical, data).reason is Reason.WRONG_PAYLOAD_TYPE


def test_cosigns_bundles_are_read() -> None:
    statement = load_foreign((COSIGN / "statement_v1.sigstore.json").read_bytes())
    message = load_foreign((COSIGN / "message.sigstore.json").read_bytes())
    assert isinstance(statement.content, Envelope)
    assert isinstance(message.content, MessageSignature)
    assert message.content.digest == Digest.of((COSIGN / "artifact.txt").read_bytes())
    for name in ("statement_v1", "message"):
        data = (COSIGN / f"{name}.sigstore.json").read_bytes()
        assert refusal(load_canonical, data).reason in {Reason.NOT_CANONICAL, Reason.MALFORMED}


@pytest.mark.parametrize(
    "digest",
    [
        {"algorithm": "SHA2_512", "digest": base64.b64encode(bytes(32)).decode()},
        {"algorithm": "SHA2_256", "digest": "AAAA"},
        {"algorithm": "SHA2_256"},
        "AAAA",
    ],
)
def test_a_message_signature_names_a_sha_256(digest: object) -> None:
    value = json.loads((COSIGN / "message.sigstore.json").read_bytes())
    value["messageSignature"]["messageDigest"] = digest
    assert refusal(load_foreign, canonical(value)).reason is Reason.MALFORMED
    del value["messageSignature"]["messageDigest"]
    content = load_foreign(canonical(value)).content
    assert isinstance(content, MessageSignature)
    assert content.digest is None


def test_base64_of_others_may_be_url_safe_and_without_padding() -> None:
    value = json.loads((COSIGN / "statement_v1.sigstore.json").read_bytes())
    before = load_foreign(canonical(value)).content
    signature = value["dsseEnvelope"]["signatures"][0]
    signature["sig"] = signature["sig"].replace("+", "-").replace("/", "_").rstrip("=")
    assert load_foreign(canonical(value)).content == before
