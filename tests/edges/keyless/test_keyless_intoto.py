"""Entries of kind `intoto`, truly logged, that are about something else than their bundle."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from pipeline.core.canonical import Digest
from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.edges.keyless import Keyless, verify_keyless
from pipeline.proof.dsse import pae
from pipeline.proof.refused import RefusedError
from tests.edges.keyless import instance
from tests.edges.keyless.attacks import OTHER, OURS, entry, made, material
from tests.edges.keyless.instance import ARTIFACT, IDENTITY, ISSUER, Signer, b64


def check(value: dict[str, Any]) -> Keyless:
    data, artifact = json.dumps(value).encode(), Digest.of(ARTIFACT)
    return verify_keyless(data, OURS.root(), artifact=artifact, identity=IDENTITY, issuer=ISSUER)


def logged_as(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    value = made("intoto")
    body = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
    change(body)
    kind = dict(entry(value)["kindVersion"])
    material(value)["tlogEntries"] = [OURS.entry(body) | {"kindVersion": kind}]
    return value


def _envelope(body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return body["spec"]["content"]["envelope"]


def _twice(data: bytes) -> str:
    return b64(b64(data).encode())


STRANGER = b64(OTHER.certificate(Signer()).public_bytes(serialization.Encoding.PEM))
AGAIN = _twice(OURS.sign(pae(PAYLOAD_TYPE, instance.statement())))
HASH = {"algorithm": "sha256", "value": "0" * 64}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda b: _envelope(b)["signatures"][0].update(publicKey=STRANGER), "certificate"),
        (lambda b: _envelope(b)["signatures"][0].update(sig=AGAIN), "about another signature"),
        (lambda b: _envelope(b)["signatures"].append({}), "not about one signature"),
        (lambda b: b["spec"]["content"].update(payloadHash=HASH), "about another payload"),
        (lambda b: _envelope(b).update(payload=_twice(b"{}")), "about another payload"),
        (lambda b: _envelope(b).update(payloadType="text/plain"), "another payload type"),
        (lambda b: b.update(kind="dsse"), "of another kind"),
        (lambda b: b.update(apiVersion="0.0.1"), "of another kind"),
    ],
)
def test_an_entry_about_something_else_is_refused(
    change: Callable[[dict[str, Any]], object], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        check(logged_as(change))


def test_an_entry_may_hold_the_payload_and_spell_the_signature_once() -> None:
    check(logged_as(lambda body: _envelope(body).update(payload=_twice(instance.statement()))))
    once = made("intoto")
    signature = once["dsseEnvelope"]["signatures"][0]["sig"]
    body = json.loads(base64.b64decode(entry(once)["canonicalizedBody"]))
    _envelope(body)["signatures"][0]["sig"] = signature
    material(once)["tlogEntries"] = [OURS.entry(body)]
    assert check(once).artifact == Digest.of(ARTIFACT)


@pytest.mark.parametrize("more", ["!", "=", "AAAA"])
def test_a_checkpoint_with_a_second_spelling_is_refused(more: str) -> None:
    value = made("intoto")
    checkpoint = entry(value)["inclusionProof"]["checkpoint"]
    checkpoint["envelope"] = checkpoint["envelope"].rstrip("\n") + more + "\n"
    with pytest.raises(RefusedError):
        check(value)
