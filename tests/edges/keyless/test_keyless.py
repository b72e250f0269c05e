"""Keyless bundles: what is believed, and every rule of `edges.keyless` broken once."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from pipeline.core.canonical import Digest
from pipeline.core.statement import own_type
from pipeline.edges.keyless import MESSAGE, Keyless, verify_keyless
from pipeline.edges.keyless_root import Root, find_root
from pipeline.proof.refused import Reason, RefusedError
from tests.edges.keyless import instance
from tests.edges.keyless.attacks import (
    ATTACKS,
    KINDS,
    OTHER,
    OURS,
    entry,
    made,
    material,
    with_root,
)
from tests.edges.keyless.instance import ARTIFACT, IDENTITY, ISSUER, Signer

POT = Digest.of(ARTIFACT)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "nobody may ask the network"
        raise KeyboardInterrupt(msg)  # not an `Exception`: the code under test cannot swallow it

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def check(value: object, root: Root | None = None, **changed: Any) -> Keyless:  # noqa: ANN401 - as given
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    about: dict[str, Any] = {"artifact": POT, "identity": IDENTITY, "issuer": ISSUER} | changed
    return verify_keyless(data, root or OURS.root(), **about)


def refusal(value: object, root: Root | None = None, **changed: Any) -> Reason:  # noqa: ANN401
    with pytest.raises(RefusedError) as error:
        check(value, root, **changed)
    return error.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_is_believed_for_its_signer_artifact_and_root_alone(kind: str) -> None:
    value = made(kind)
    found = check(value)
    assert found.kind == (MESSAGE if kind == "message" else "https://example.org/note/v1")
    assert (found.identity, found.issuer, found.artifact) == (IDENTITY, ISSUER, POT)
    for wrong in (IDENTITY[:-1], IDENTITY.upper(), f"{IDENTITY}x", "*", ".*"):
        assert refusal(value, identity=wrong) is Reason.UNVERIFIED
    for wrong in (ISSUER[:-1], f"{ISSUER}/", "*"):
        assert refusal(value, issuer=wrong) is Reason.UNVERIFIED
    expected = Reason.UNVERIFIED if kind == "message" else Reason.WRONG_SUBJECT
    assert refusal(value, artifact=Digest.of(b"another pot\n")) is expected
    assert refusal(value, OTHER.root()) is Reason.UNVERIFIED
    assert refusal(value, find_root(None, None)) is Reason.UNVERIFIED


@pytest.mark.parametrize("name", ["identity", "issuer"])
def test_nobody_is_no_signer(name: str) -> None:
    about: dict[str, Any] = {"artifact": POT, "identity": IDENTITY, "issuer": ISSUER, name: ""}
    with pytest.raises(ValueError, match="both needed"):
        verify_keyless(b"", OURS.root(), **about)


def test_a_statement_of_the_older_version_is_believed_as_the_field_does() -> None:
    payload = instance.statement(_type="https://in-toto.io/Statement/v0.1")
    assert check(instance.stated(OURS, payload)).kind == "https://example.org/note/v1"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (instance.statement(_type="https://in-toto.io/Statement/v2"), Reason.MALFORMED_STATEMENT),
        (instance.statement(subject=[]), Reason.MALFORMED_STATEMENT),
        (instance.statement(subject=[{"name": "pot"}]), Reason.MALFORMED_STATEMENT),
        (instance.statement()[:-1] + b',"predicate":{}}', Reason.MALFORMED_STATEMENT),
        (b"not JSON", Reason.MALFORMED_STATEMENT),
        (instance.statement(predicateType=own_type("approval")), Reason.UNKNOWN_PREDICATE),
        (instance.statement(predicateType=own_type("nonsense")), Reason.UNKNOWN_PREDICATE),
    ],
)
def test_a_truly_signed_payload_must_be_a_strict_statement(payload: bytes, reason: Reason) -> None:
    assert refusal(instance.stated(OURS, payload)) is reason


def test_a_truly_signed_payload_of_another_type_is_refused() -> None:
    value = instance.stated(OURS, payload_type="application/json")
    assert refusal(value) is Reason.WRONG_PAYLOAD_TYPE


@pytest.mark.parametrize(
    "signer",
    [
        Signer(identity="https://example.org/somebody"),
        Signer(older="https://elsewhere.example.org"),
        Signer(newer="https://elsewhere.example.org"),
        Signer(older=None, newer="https://elsewhere.example.org"),
        Signer(older=None, newer=None),
        Signer(usage=ExtendedKeyUsageOID.CLIENT_AUTH),
        Signer(scts=0),
        Signer(scts=2),
    ],
    ids=str,
)
def test_a_true_certificate_that_says_something_else_is_refused(signer: Signer) -> None:
    assert refusal(instance.stated(OURS, signer=signer)) is Reason.UNVERIFIED


@pytest.mark.parametrize("signer", [Signer(older=None), Signer(newer=None)], ids=str)
def test_either_form_of_the_issuer_is_enough(signer: Signer) -> None:
    assert check(instance.stated(OURS, signer=signer)).issuer == ISSUER


@pytest.mark.parametrize("kind", ["dsse", "intoto"])
@pytest.mark.parametrize("after", [-1, 601])
def test_a_time_outside_the_certificate_is_refused(kind: str, after: int) -> None:
    assert refusal(instance.stated(OURS, kind=kind, after=after)) is Reason.UNVERIFIED


def test_a_checkpoint_of_another_tree_is_refused() -> None:
    with pytest.raises(RefusedError, match="another size"):
        check(instance.stated(OURS, size=3))


@pytest.mark.parametrize("who", ["log", "ca", "ct"])
def test_both_ends_of_a_validity_count_and_no_second_more(who: str) -> None:
    value = made("dsse")
    at = "2026-06-01T12:01:00Z" if who == "log" else "2026-06-01T12:00:00Z"
    early, late = at.replace("00Z", "01Z"), at.replace(":00Z", ":00.5Z")
    check(value, OURS.root(**{who: {"start": at, "end": at}}))
    check(value, OURS.root(**{who: {"start": at, "end": late}}))
    before = {"start": "2026-01-01T00:00:00Z", "end": "2026-06-01T11:59:59Z"}
    for window in ({"start": early}, before):
        with pytest.raises(RefusedError, match="not for that time"):
            check(value, OURS.root(**{who: window}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_changed_bundle_is_refused(kind: str, attack: str) -> None:
    value = made(kind)
    check(value)
    ATTACKS[attack](value)
    refusal(value)


def test_a_changed_payload_is_refused_though_its_log_entry_fits() -> None:
    for kind in ("dsse", "intoto"):
        value = made(kind)
        payload = instance.statement(predicate={"weight": 2})
        value["dsseEnvelope"]["payload"] = instance.b64(payload)
        body = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
        hashed = body["spec"].get("content", body["spec"])["payloadHash"]
        hashed["value"] = hashlib.sha256(payload).hexdigest()
        material(value)["tlogEntries"] = [OURS.entry(body)]
        assert refusal(value) is Reason.UNVERIFIED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"{" * 100_000,
        b'{"mediaType":1,"mediaType":2}',
        b'{"verificationMaterial":[]}',
        b" " * (12 * 1024 * 1024 + 1),
    ],
    ids=["nothing", "null", "list", "no UTF-8", "deep", "duplicate", "material", "large"],
)
def test_what_is_no_bundle_is_malformed(data: bytes) -> None:
    assert refusal(data) is Reason.MALFORMED


@pytest.mark.parametrize("kind", KINDS)
def test_flipped_bits_are_refused(kind: str) -> None:
    data = json.dumps(made(kind), separators=(",", ":")).encode()
    name = (
        data.index(b"\\u2014 log") + 7
    )  # who signs a checkpoint is told by the key id, not a name
    harmless = range(name, data.index(b" ", name))
    for place in range(3, len(data) * 8, 67):  # 67 is prime to 8: every bit of a byte has its turn
        if place // 8 in harmless:
            continue
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        refusal(bytes(flipped))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: root.clear(),
        lambda root: root.update(tlogs=[]),
        lambda root: root.update(ctlogs=[]),
        lambda root: root.update(certificateAuthorities=[]),
        lambda root: root.update(mediaType="nonsense"),
        lambda root: root["tlogs"][0]["publicKey"].pop("validFor"),
        lambda root: root["tlogs"][0].update(logId={"keyId": "AAAA"}),
        lambda root: root["tlogs"][0]["publicKey"].update(rawBytes="AAAA"),
    ],
    ids=range(8),
)
def test_a_root_that_lacks_something_trusts_nobody(
    change: Callable[[dict[str, Any]], object],
) -> None:
    value = json.loads(OURS.root().data)
    change(value)
    refusal(made("dsse"), Root(name="broken", data=json.dumps(value).encode(), value=value))


def test_refusing_prints_nothing_and_leaves_logging_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    value = made("message")
    with_root(value)
    refusal(value)
    refusal(made("dsse"), OTHER.root())
    logger = logging.getLogger("sigstore")
    assert (logger.propagate, logger.handlers) == (True, [])
    assert capfd.readouterr() == ("", "")
