"""Bundles signed by a key and logged: the log entry against a trusted root."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.edges.keyless_key import check_logged
from pipeline.edges.keyless_root import Root
from pipeline.proof.dsse import pae
from pipeline.proof.keys import PublicKey
from pipeline.proof.refused import RefusedError
from tests.edges.keyless import instance
from tests.edges.keyless.attacks import OTHER, OURS, entry, material
from tests.edges.keyless.instance import ARTIFACT, b64

KEY = OURS.keys["signer"]
KINDS = ("message", "message v2", "dsse", "dsse v2")


def made(kind: str) -> dict[str, Any]:
    if kind == "message":
        return instance.message(OURS, key=True)
    payload = instance.statement()
    signed = ARTIFACT if kind == "message v2" else pae(PAYLOAD_TYPE, payload)
    signature = OURS.sign(signed)
    body: dict[str, Any] = {"apiVersion": "0.0.1", "kind": "dsse"}
    if kind == "dsse":
        hashed = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
        named = {"signature": b64(signature), "verifier": b64(instance.pem(KEY))}
        body["spec"] = {"payloadHash": hashed, "signatures": [named]}
    else:
        verifier = {"publicKey": {"rawBytes": b64(instance.der(KEY))}}
        data = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(signed).digest())}
        inner = {"data": data, "signature": {"content": b64(signature), "verifier": verifier}}
        body = {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": inner}}
    content = instance.envelope(payload, PAYLOAD_TYPE, signature)
    if kind == "message v2":
        content = {"messageSignature": {"signature": b64(signature)}}
    return instance.bundle(OURS.entry(body), content, {"publicKey": {"hint": ""}})


def check(value: dict[str, Any], root: Root | None = None, *, key: object = KEY) -> None:
    public = PublicKey.of(key.public_key())  # type: ignore[attr-defined] # a private key
    check_logged(json.dumps(value).encode(), root or OURS.root(), public, Digest.of(ARTIFACT))


@pytest.mark.parametrize("kind", KINDS)
def test_a_logged_bundle_is_believed_with_its_root_and_key_alone(kind: str) -> None:
    value = made(kind)
    check(value)
    with pytest.raises(RefusedError, match="about another signature"):
        check(value, key=OTHER.keys["signer"])
    with pytest.raises(RefusedError, match="invalid"):
        check(value, OTHER.root())
    closed = {"start": "2026-01-01T00:00:00Z", "end": "2026-06-01T11:59:59Z"}
    with pytest.raises(RefusedError, match="not for that time"):
        check(value, OURS.root(log=closed))


def _in_body(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    def attack(value: dict[str, Any]) -> None:
        body = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
        change(body)
        material(value)["tlogEntries"] = [OURS.entry(body)]

    return attack


def _in_data(body: dict[str, Any]) -> None:
    spec = body["spec"]
    inner = spec.get("hashedRekordV002", spec)
    hashed = inner.get("payloadHash") or inner["data"].get("hash", inner["data"])
    hashed["algorithm"] = "SHA2_512" if inner is not spec else "sha512"


def _larger(value: dict[str, Any]) -> None:
    body = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
    material(value)["tlogEntries"] = [OURS.entry(body, size=3)]


ATTACKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "not logged": lambda v: material(v).pop("tlogEntries"),
    "logged twice": lambda v: material(v)["tlogEntries"].append(entry(v)),
    "no proof": lambda v: entry(v).pop("inclusionProof"),
    "no hashes": lambda v: entry(v)["inclusionProof"].update(hashes=[]),
    "another time": lambda v: entry(v).update(integratedTime="1780315261"),
    "changed body": lambda v: entry(v).update(canonicalizedBody="e30="),
    "nonsense": lambda v: material(v).update(tlogEntries=[7]),
    "another kind, truly logged": _in_body(lambda body: body.update(kind="rfc3161")),
    "a checkpoint of a larger tree": _larger,
    "another algorithm, truly logged": _in_body(_in_data),
    "nothing in it, truly logged": _in_body(lambda body: body.update(spec={})),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_changed_log_entry_is_refused(kind: str, attack: str) -> None:
    value = made(kind)
    ATTACKS[attack](value)
    with pytest.raises(RefusedError):
        check(value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_about_another_signing_of_the_same_is_refused(kind: str) -> None:
    value = made(kind)
    material(value)["tlogEntries"] = [entry(made(kind))]  # ECDSA: another signature each time
    with pytest.raises(RefusedError, match="about another signature"):
        check(value)
