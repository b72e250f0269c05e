"""A small Sigstore of its own: CA, CT log and transparency log, with keys that tests hold.

Everything is really signed and hashed; nothing of sigstore-python is used, which is what the
bundles are for. All is the same each time but ECDSA's chance.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.edges.keyless_root import Root
from pipeline.proof.dsse import pae

IDENTITY = "https://example.org/potter/.github/workflows/bake.yml@refs/heads/main"
ISSUER = "https://tokens.example.org"
ARTIFACT = b"a pot\n"
AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SHA256 = ec.ECDSA(hashes.SHA256())
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kiln")])
_FULCIO = "1.3.6.1.4.1.57264.1"
_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def der(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def statement(**changed: Any) -> bytes:  # noqa: ANN401 - members of any type
    value = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "pot", "digest": {"sha256": hashlib.sha256(ARTIFACT).hexdigest()}}],
        "predicateType": "https://example.org/note/v1",
        "predicate": {"weight": 1.5},
    }
    return json.dumps(value | changed).encode()


@dataclass(frozen=True, kw_only=True)
class Signer:
    """What a certificate says; each field can be made wrong."""

    identity: str = IDENTITY
    older: str | None = ISSUER
    newer: str | None = ISSUER
    usage: Any = ExtendedKeyUsageOID.CODE_SIGNING
    scts: int = 1


def _key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ec.SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Keys from a number: two instances with the same number are one."""

    number: int = 1000
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(init=False)
    ca: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        names = ("ca", "ct", "log", "signer")
        keys = {name: _key(self.number + place) for place, name in enumerate(names)}
        object.__setattr__(self, "keys", keys)
        usage = x509.KeyUsage(*(name in (5, 6) for name in range(9)))
        builder = self._builder("ca", _NAME, timedelta(days=9000))
        basic = x509.BasicConstraints(ca=True, path_length=0)
        builder = builder.add_extension(basic, critical=True).add_extension(usage, critical=True)
        object.__setattr__(self, "ca", builder.sign(keys["ca"], hashes.SHA256()))

    def _builder(self, who: str, name: x509.Name, life: timedelta) -> x509.CertificateBuilder:
        public = self.keys[who].public_key()
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.keys["ca"].public_key())
        return (
            x509.CertificateBuilder(issuer_name=_NAME, subject_name=name, public_key=public)
            .serial_number(self.number)
            .not_valid_before(AT)
            .not_valid_after(AT + life)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(issuer, critical=False)
        )

    def log_id(self, who: str) -> bytes:
        return hashlib.sha256(der(self.keys[who])).digest()

    def root(self, **windows: dict[str, str]) -> Root:
        """Return the trusted root; `ca`, `ct` and `log` may be given another `validFor`."""

        def log(who: str) -> dict[str, Any]:
            key: dict[str, Any] = {
                "rawBytes": b64(der(self.keys[who])),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            }
            key |= {"validFor": windows.get(who, {"start": "2026-01-01T00:00:00Z"})}
            return {
                "baseUrl": "https://log.example.org",
                "hashAlgorithm": "SHA2_256",
                "publicKey": key,
                "logId": {"keyId": b64(self.log_id(who))},
            }

        chain = [{"rawBytes": b64(self.ca.public_bytes(serialization.Encoding.DER))}]
        value = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("log")],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "example.org", "commonName": "kiln"},
                    "uri": "https://ca.example.org",
                    "certChain": {"certificates": chain},
                    "validFor": windows.get("ca", {"start": "2026-01-01T00:00:00Z"}),
                }
            ],
            "ctlogs": [log("ct")],
            "timestampAuthorities": [],
        }
        return Root(name="of the test", data=json.dumps(value).encode(), value=value)

    def certificate(self, signer: Signer) -> x509.Certificate:
        """Return a certificate of ten minutes, with SCTs."""
        builder = self._builder("signer", x509.Name([]), timedelta(minutes=10))
        uri = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(signer.identity)])
        usage = x509.KeyUsage(*(place == 0 for place in range(9)))
        builder = builder.add_extension(uri, critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([signer.usage]), critical=False)
        for number, text in ((1, signer.older), (8, signer.newer)):
            raw = (text or "").encode()
            raw = bytes((0x0C, len(raw))) + raw if number == 8 else raw
            oid = x509.ObjectIdentifier(f"{_FULCIO}.{number}")
            if text is not None:
                builder = builder.add_extension(
                    x509.UnrecognizedExtension(oid, raw), critical=False
                )
        if signer.scts:
            tbs = builder.sign(self.keys["ca"], hashes.SHA256()).tbs_certificate_bytes
            scts = b"".join(self._sct(tbs) for _ in range(signer.scts))
            listed = struct.pack("!H", len(scts)) + scts
            size = len(listed).to_bytes(2, "big").lstrip(b"\0")
            size = size if len(listed) < 128 else bytes((0x80 + len(size),)) + size
            octets = b"\x04" + size + listed
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_SCTS, octets), critical=False
            )
        return builder.sign(self.keys["ca"], hashes.SHA256())

    def _sct(self, tbs: bytes) -> bytes:
        at = int(AT.timestamp() * 1000)
        issuer = hashlib.sha256(der(self.keys["ca"])).digest()
        signed = struct.pack("!BBQH", 0, 0, at, 1) + issuer + len(tbs).to_bytes(3, "big") + tbs
        signature = self.keys["ct"].sign(signed + b"\0\0", SHA256)
        head = struct.pack("!B32sQH", 0, self.log_id("ct"), at, 0)
        one = head + bytes((4, 3)) + struct.pack("!H", len(signature)) + signature
        return struct.pack("!H", len(one)) + one

    def entry(self, body: dict[str, Any], *, after: int = 60, size: int = 2) -> dict[str, Any]:
        """Return a log entry with inclusion proof, checkpoint and promise."""
        raw, at = json.dumps(body).encode(), int(AT.timestamp()) + after
        beside = hashlib.sha256(b"\0beside").digest()
        leaf = hashlib.sha256(b"\0" + raw).digest()
        tree = hashlib.sha256(b"\1" + leaf + beside).digest()
        log, log_id = self.keys["log"], self.log_id("log")
        note = f"log.example.org\n{size}\n{b64(tree)}\n"
        line = b64(log_id[:4] + log.sign(note.encode(), SHA256))
        promised = {
            "body": b64(raw),
            "integratedTime": at,
            "logID": log_id.hex(),
            "logIndex": 7,
        }
        canonical = json.dumps(promised, sort_keys=True, separators=(",", ":")).encode()
        return {
            "logIndex": "7",
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "integratedTime": str(at),
            "inclusionPromise": {"signedEntryTimestamp": b64(log.sign(canonical, SHA256))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": b64(tree),
                "treeSize": "2",
                "hashes": [b64(beside)],
                "checkpoint": {"envelope": f"{note}\n\u2014 log.example.org {line}\n"},
            },
            "canonicalizedBody": b64(raw),
        }

    def sign(self, message: bytes) -> bytes:
        return self.keys["signer"].sign(message, SHA256)


def bundle(
    entry: dict[str, Any], content: dict[str, Any], signer: dict[str, Any]
) -> dict[str, Any]:
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {**signer, "tlogEntries": [entry]},
        **content,
    }


def envelope(payload: bytes, payload_type: str, signature: bytes) -> dict[str, Any]:
    signatures = [{"sig": b64(signature)}]
    inner = {"payload": b64(payload), "payloadType": payload_type, "signatures": signatures}
    return {"dsseEnvelope": inner}


def stated(
    instance: Instance,
    payload: bytes | None = None,
    *,
    signer: Signer | None = None,
    payload_type: str = PAYLOAD_TYPE,
    kind: str = "dsse",
    **logged: int,
) -> dict[str, Any]:
    """Return a keyless bundle of a statement; its log entry is of kind `dsse` or `intoto`."""
    payload = statement() if payload is None else payload
    signature = instance.sign(pae(payload_type, payload))
    certificate = instance.certificate(signer or Signer())
    named = b64(certificate.public_bytes(serialization.Encoding.PEM))
    hashed = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    if kind == "dsse":
        version, spec = (
            "0.0.1",
            {
                "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
                "payloadHash": hashed,
                "signatures": [{"signature": b64(signature), "verifier": named}],
            },
        )
    else:
        twice = b64(b64(signature).encode())
        inner = {"payloadType": payload_type, "signatures": [{"sig": twice, "publicKey": named}]}
        version, spec = "0.0.2", {"content": {"envelope": inner, "payloadHash": hashed}}
    entry = instance.entry({"apiVersion": version, "kind": kind, "spec": spec}, **logged)
    raw = {"rawBytes": b64(certificate.public_bytes(serialization.Encoding.DER))}
    return bundle(entry, envelope(payload, payload_type, signature), {"certificate": raw})


def message(instance: Instance, *, key: bool = False) -> dict[str, Any]:
    """Return a bundle of a signature over `ARTIFACT`, keyless or by the signer's key alone."""
    digest, signature = hashlib.sha256(ARTIFACT), instance.sign(ARTIFACT)
    certificate = instance.certificate(Signer())
    text = (
        pem(instance.keys["signer"])
        if key
        else certificate.public_bytes(serialization.Encoding.PEM)
    )
    spec = {
        "data": {"hash": {"algorithm": "sha256", "value": digest.hexdigest()}},
        "signature": {"content": b64(signature), "publicKey": {"content": b64(text)}},
    }
    entry = instance.entry({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})
    named = {"algorithm": "SHA2_256", "digest": b64(digest.digest())}
    content = {"messageSignature": {"messageDigest": named, "signature": b64(signature)}}
    raw = {"rawBytes": b64(certificate.public_bytes(serialization.Encoding.DER))}
    return bundle(entry, content, {"publicKey": {"hint": ""}} if key else {"certificate": raw})
