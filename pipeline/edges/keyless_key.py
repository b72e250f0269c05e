"""The log entry of a bundle that is signed by a key, against a trusted root.

sigstore-python verifies no bundle without a certificate, but its parts do: the entry's inclusion
proof, checkpoint and promise are its work. What is compared here, when all of that holds:

1. The entry's body is about this signature, by this key, over this content (rekor's `hashedrekord`
   0.0.1 and 0.0.2, and `dsse` 0.0.1; other kinds are refused).
2. The log was within its `validFor`, and the checkpoint's tree is the proof's.

Errors are `RefusedError`, whatever the bytes are.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pipeline.core.canonical import Digest, load_json
from pipeline.edges.keyless import check_tree, quiet, refusing, trusted_root
from pipeline.edges.keyless_root import check_log
from pipeline.proof.keys import PublicKey
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import MAX_BUNDLE, MessageSignature, load_foreign

if TYPE_CHECKING:
    from pipeline.edges.keyless_root import Root

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class _Logged(NamedTuple):
    """What a log entry says: the SHA-256 of what was signed, the signature, the key's DER."""

    digest: bytes
    signature: bytes
    key: bytes


def check_logged(data: bytes, root: Root, public: PublicKey, artifact: Digest) -> None:
    """Refuse a bundle, verified by its key already, that no log of the root has."""
    content = load_foreign(data).content
    value = load_json(data, limit=MAX_BUNDLE, floats=True)
    entries = value["verificationMaterial"].get("tlogEntries")
    if not isinstance(entries, list) or len(entries) != 1:
        raise RefusedError(Reason.MALFORMED, "the bundle has not exactly one log entry")
    with quiet(), refusing():
        from sigstore._internal.trust import KeyringPurpose
        from sigstore.models import TransparencyLogEntry
        from sigstore_models.rekor.v1 import TransparencyLogEntry as Inner

        entry = TransparencyLogEntry(Inner.from_json(json.dumps(entries[0])))
        entry._verify(trusted_root(root).rekor_keyring(KeyringPurpose.VERIFY))  # noqa: SLF001
        logged = _read(base64.b64decode(entries[0]["canonicalizedBody"], validate=True))
        if isinstance(content, MessageSignature):
            signed = Digest(artifact.hex)
        else:
            signed = Digest.of(content.payload if logged[0] == "dsse" else content.signed_bytes)
        wanted = _Logged(bytes.fromhex(signed.hex), content.signature, public.der)
        if logged[1] != wanted:
            raise RefusedError(Reason.UNVERIFIED, "the log entry is about another signature")
        check_log(root, entries[0], _FIRST, _LAST)
        check_tree(entries[0]["inclusionProof"])


def _read(body: bytes) -> tuple[str, _Logged]:
    value = load_json(body)
    kind, spec = (value["kind"], value["apiVersion"]), value["spec"]
    if kind == ("hashedrekord", "0.0.1"):
        signature, hashed = spec["signature"], spec["data"]["hash"]
        _sha256(hashed["algorithm"], "sha256")
        key = _pem(signature["publicKey"]["content"])
        return kind[0], _Logged(bytes.fromhex(hashed["value"]), _b64(signature["content"]), key)
    if kind == ("hashedrekord", "0.0.2"):
        inner = spec["hashedRekordV002"]
        signature, data = inner["signature"], inner["data"]
        _sha256(data["algorithm"], "SHA2_256")
        key = _b64(signature["verifier"]["publicKey"]["rawBytes"])
        return kind[0], _Logged(_b64(data["digest"]), _b64(signature["content"]), key)
    if kind == ("dsse", "0.0.1"):
        (signature,), hashed = spec["signatures"], spec["payloadHash"]
        _sha256(hashed["algorithm"], "sha256")
        key = _pem(signature["verifier"])
        return kind[0], _Logged(bytes.fromhex(hashed["value"]), _b64(signature["signature"]), key)
    raise RefusedError(Reason.UNVERIFIED, f"unknown kind of log entry: {kind}")


def _sha256(found: str, wanted: str) -> None:
    if found != wanted:
        raise RefusedError(Reason.UNVERIFIED, f"the log entry is not by SHA-256: {found[:40]!r}")


def _b64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _pem(text: str) -> bytes:
    return PublicKey.from_pem(_b64(text)).der
