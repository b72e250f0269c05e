"""What can be done to a true bundle: each attack changes one, and none may be believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.edges.keyless import instance
from tests.edges.keyless.instance import Instance

OURS = Instance()
OTHER = Instance(number=2000)
KINDS = ("dsse", "intoto", "message")


def made(kind: str) -> dict[str, Any]:
    return instance.message(OURS) if kind == "message" else instance.stated(OURS, kind=kind)


def material(value: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return value["verificationMaterial"]


def entry(value: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return material(value)["tlogEntries"][0]


def _other(value: dict[str, Any]) -> dict[str, Any]:
    kind = entry(value)["kindVersion"]["kind"]
    if kind == "hashedrekord":
        return instance.message(OTHER)
    return instance.stated(OTHER, kind=kind)


def _content(value: dict[str, Any]) -> str:
    return "dsseEnvelope" if "dsseEnvelope" in value else "messageSignature"


def _signed_anew(value: dict[str, Any]) -> None:
    again = made({"hashedrekord": "message"}.get(k := entry(value)["kindVersion"]["kind"], k))
    value[_content(value)] = again[_content(value)]


def with_root(value: dict[str, Any]) -> None:
    leaf = material(value).pop("certificate")
    root = {"rawBytes": instance.b64(OURS.ca.public_bytes(serialization.Encoding.DER))}
    material(value)["x509CertificateChain"] = {"certificates": [leaf, root]}
    value["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"


ATTACKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no promise": lambda v: entry(v).pop("inclusionPromise"),
    "no proof": lambda v: entry(v).pop("inclusionProof"),
    "no checkpoint": lambda v: entry(v)["inclusionProof"].pop("checkpoint"),
    "no hashes": lambda v: entry(v)["inclusionProof"].update(hashes=[]),
    "another index": lambda v: entry(v)["inclusionProof"].update(logIndex="1"),
    "index behind the end": lambda v: entry(v)["inclusionProof"].update(logIndex="2"),
    "another size": lambda v: entry(v)["inclusionProof"].update(treeSize="1"),
    "another time": lambda v: entry(v).update(integratedTime="1780315261"),
    "no time": lambda v: entry(v).pop("integratedTime"),
    "no log entry": lambda v: material(v).update(tlogEntries=[]),
    "two log entries": lambda v: material(v)["tlogEntries"].append(entry(v)),
    "cut body": lambda v: entry(v).update(canonicalizedBody=entry(v)["canonicalizedBody"][:40]),
    "entry of another log": lambda v: material(v).update(tlogEntries=[entry(_other(v))]),
    "another log id": lambda v: entry(v)["logId"].update(keyId=instance.b64(OTHER.log_id("log"))),
    "another kind": lambda v: entry(v)["kindVersion"].update(version="0.0.3"),
    "another certificate": lambda v: material(v).update(
        certificate=material(_other(v))["certificate"]
    ),
    "no certificate": lambda v: material(v).pop("certificate"),
    "a key instead": lambda v: v.update(
        verificationMaterial={"publicKey": {"hint": ""}, "tlogEntries": [entry(v)]}
    ),
    "a key beside": lambda v: material(v).update(publicKey={"hint": ""}),
    "a root along": with_root,
    "another signature": lambda v: v.update({_content(v): _other(v)[_content(v)]}),
    "signed anew, not logged": _signed_anew,
    "no content": lambda v: v.pop(_content(v)),
    "both contents": lambda v: v.update(
        messageSignature=instance.message(OURS)["messageSignature"],
        dsseEnvelope=instance.stated(OURS)["dsseEnvelope"],
    ),
    "a member more": lambda v: v.update(more=1),
    "another version": lambda v: v.update(mediaType="application/vnd.dev.sigstore.bundle.v9+json"),
    "unsigned timestamp": lambda v: material(v).update(
        timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]}
    ),
    "empty": lambda v: v.clear(),
    "second spelling": lambda v: entry(v).update(
        canonicalizedBody="\n" + entry(v)["canonicalizedBody"]
    ),
}
