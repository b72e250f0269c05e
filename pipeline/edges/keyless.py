"""Keyless Sigstore bundles: sigstore-python verifies, offline, and we close what it leaves open.

Bytes and a trusted root go in; a `Keyless` comes out, or `RefusedError` for any bytes whatever. The
rules, in this order; nothing is believed until all hold:

 1. The bundle is one JSON document, not larger than 12 MiB, no key twice (malformed).
 2. It holds either a DSSE envelope or a message signature, by a certificate and not by a key, and
    exactly one log entry (malformed; sigstore_bundle.proto).
 3. sigstore-python reads it, and what it writes again is the same document: no member that it
    passed over, no second spelling of base64 or of a number (malformed, not_canonical).
 4. No certificate that comes along is its own issuer: roots come from the trusted root alone
    (unverified; sigstore_bundle.proto, `x509_certificate_chain`).
 5. sigstore-python verifies it (unverified): a proven time; the certificate's chain at that time,
    its SCT and its usage; inclusion proof, checkpoint and inclusion promise of the log entry; the
    signature; and that the log entry is about this signature, certificate and content (entries
    of kind `intoto` by `keyless_intoto`).
 6. The certificate names exactly the identity, and each issuer extension in it (there is at least
    one) exactly the issuer (unverified).
 7. The log, the CA and the CT log are in the trusted root by their ids, and each was within its
    `validFor` when it spoke; both ends count (unverified; sigstore_trustroot.proto, `TimeRange`).
 8. The tree that the checkpoint signs is the tree of the inclusion proof, and the checkpoint is one
    signed note, with canonical base64 (unverified, malformed; C2SP `tlog-checkpoint`).
 9. A DSSE payload is `application/vnd.in-toto+json`, and strictly one in-toto Statement, v1 or the
    v0.1 before it, which the field still makes; a predicate of ours is of a known type and form
    (wrong_payload_type, malformed_statement, unknown_predicate).
10. The artifact is a subject of the statement, or what the message signature signs (wrong_subject).

Nothing here opens a connection: sigstore-python is given the trusted root and never refreshes it.
"""

from __future__ import annotations

import contextlib
import logging
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError, load_json
from pipeline.core.predicates.table import check_own
from pipeline.core.statement import OWN, PAYLOAD_TYPE, Statement
from pipeline.edges.keyless_intoto import KIND, intoto_verifier
from pipeline.edges.keyless_root import check_validity
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import MAX_BUNDLE, decode_base64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier
    from sigstore.verify.policy import VerificationPolicy

    from pipeline.edges.keyless_root import Root

MESSAGE = "message signature"
"""What stands for a predicate type where an artifact was signed itself."""
_NOTE = re.compile(
    r"[^\n]+\n(?P<size>[0-9]+)\n(?:[^\n]+\n)+\n(?P<signatures>(?:\u2014 [!-~]+ [!-~]+\n)+)"
)
"""C2SP `signed-note` around `tlog-checkpoint`."""
_CONTENTS = ("dsseEnvelope", "messageSignature")
_SIGNERS = ("certificate", "x509CertificateChain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """What was verified: who signed, about which artifact, and the statement if there is one."""

    artifact: Digest
    identity: str
    issuer: str
    statement: Statement | None

    @property
    def kind(self) -> str:
        """The statement's predicate type, or `MESSAGE`."""
        return self.statement.predicate_type if self.statement else MESSAGE


def verify_keyless(
    data: bytes, root: Root, *, artifact: Digest, identity: str, issuer: str
) -> Keyless:
    """Believe a keyless bundle about an artifact by exactly this signer; else `RefusedError`.

    An empty `identity` or `issuer` would name nobody: that is the caller's `ValueError`.
    """
    if not identity or not issuer:
        msg = "an identity and its issuer are both needed"
        raise ValueError(msg)
    value = _document(data)  # rules 1, 2
    with quiet(), refusing():
        statement = _verified(data, value, root, artifact, identity, issuer)  # rules 3 to 10
    return Keyless(artifact=artifact, identity=identity, issuer=issuer, statement=statement)


def _verified(
    data: bytes, value: dict[str, Any], root: Root, artifact: Digest, identity: str, issuer: str
) -> Statement | None:
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle
    from sigstore_models.common.v1 import HashAlgorithm

    with refusing(Reason.MALFORMED):  # rule 3
        bundle = Bundle.from_json(data)
    _check_same(bundle, value)
    _check_chain(value["verificationMaterial"])  # rule 4
    entry = value["verificationMaterial"]["tlogEntries"][0]
    intoto = entry["kindVersion"] == KIND and "dsseEnvelope" in value
    make = intoto_verifier if intoto else _verifier
    verifier = make(trusted_root(root))
    policy = _policy(bundle, identity, issuer)
    statement = None
    if "dsseEnvelope" in value:
        payload_type, payload = verifier.verify_dsse(bundle, policy)  # rules 5, 6
        statement = _statement(payload_type, payload, artifact)  # rules 9, 10
    else:
        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(artifact.hex))
        verifier.verify_artifact(hashed, bundle, policy)  # rules 5, 6, 10
    check_validity(root, bundle.signing_certificate, entry)  # rule 7
    check_tree(entry["inclusionProof"])  # rule 8
    return statement


def _verifier(root: TrustedRoot) -> Verifier:
    from sigstore.verify import Verifier

    return Verifier(trusted_root=root)


def _document(data: bytes) -> dict[str, Any]:
    """Check rules 1 and 2, before any library sees the bytes."""
    try:
        value = load_json(data, limit=MAX_BUNDLE, floats=True)
    except MalformedError as error:
        raise RefusedError(Reason.MALFORMED, f"the bundle is {error}") from error
    material = value.get("verificationMaterial") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(material, dict):
        raise RefusedError(Reason.MALFORMED, "the bundle has no verificationMaterial")
    if "publicKey" in material:
        text = "the bundle is signed by a key, not by a certificate: check it with --key"
        raise RefusedError(Reason.MALFORMED, text)
    for what, names in (("content", _CONTENTS), ("signer", _SIGNERS)):
        if sum(name in (*value, *material) for name in names) != 1:
            text = f"the bundle has not exactly one {what}: {' or '.join(names)}"
            raise RefusedError(Reason.MALFORMED, text)
    entries = material.get("tlogEntries")
    if not isinstance(entries, list) or len(entries) != 1:
        raise RefusedError(Reason.MALFORMED, "the bundle has not exactly one log entry")
    return value


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what libraries would print: the refusal says it, in three lines."""
    logger, handler = logging.getLogger("sigstore"), logging.NullHandler()
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)


@contextlib.contextmanager
def refusing(reason: Reason = Reason.UNVERIFIED) -> Iterator[None]:
    """Turn whatever a library raises, panics of its Rust parts too, into `RefusedError`."""
    try:
        yield
    except (RefusedError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a reader that crashes on bytes refuses them
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise RefusedError(reason, said) from error


def _check_same(bundle: Bundle, value: dict[str, Any]) -> None:
    if load_json(bundle.to_json().encode(), limit=2 * MAX_BUNDLE, floats=True) != _bare(value):
        text = "the bundle spells something in a way that not all readers take alike"
        raise RefusedError(Reason.NOT_CANONICAL, text)


def _bare(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out members that are null: they mean the same as none (proto3, JSON mapping)."""
    if isinstance(value, dict):
        return {name: _bare(member) for name, member in value.items() if member is not None}
    return [_bare(member) for member in value] if isinstance(value, list) else value


def _check_chain(material: dict[str, Any]) -> None:
    import base64

    from cryptography.x509 import load_der_x509_certificate

    chain = material.get("x509CertificateChain") or {"certificates": []}
    for item in chain["certificates"]:
        certificate = load_der_x509_certificate(base64.b64decode(item["rawBytes"]))
        if certificate.subject == certificate.issuer and certificate.subject.rdns:
            raise RefusedError(Reason.UNVERIFIED, "the bundle brings a root certificate along")


def trusted_root(root: Root) -> TrustedRoot:
    """Return the root as sigstore-python takes it; it raises what it likes."""
    from sigstore.models import TrustedRoot

    with tempfile.TemporaryDirectory() as folder:  # exactly the bytes that were checked
        path = Path(folder) / "trusted_root.json"
        path.write_bytes(root.data)
        return TrustedRoot.from_file(str(path))


def _policy(bundle: Bundle, identity: str, issuer: str) -> VerificationPolicy:
    """Return rule 6: the older issuer extension where it is, the newer where it is, or both."""
    from sigstore.verify import policy

    there = {extension.oid for extension in bundle.signing_certificate.extensions}
    children: list[VerificationPolicy] = [policy.Identity(identity=identity)]
    if policy.OIDCIssuerV2.oid in there:
        children.append(policy.OIDCIssuerV2(issuer))
    if policy.OIDCIssuer.oid in there or len(children) == 1:
        children.append(policy.OIDCIssuer(issuer))
    return policy.AllOf(children)


def check_tree(proof: dict[str, Any]) -> None:
    """Refuse a verified inclusion proof that is of another tree than its signed checkpoint."""
    note = _NOTE.fullmatch(proof["checkpoint"]["envelope"])
    if note is None:
        raise RefusedError(Reason.UNVERIFIED, "the checkpoint is no signed note")
    for line in note["signatures"].splitlines():
        decode_base64(line.split(" ")[2].encode(), "a signature of the checkpoint")
    if note["size"] != proof["treeSize"]:
        raise RefusedError(Reason.UNVERIFIED, "the checkpoint is of a tree of another size")


def _statement(payload_type: str, payload: bytes, artifact: Digest) -> Statement:
    if payload_type != PAYLOAD_TYPE:
        text = f"payloadType is {payload_type[:80]!r}, not {PAYLOAD_TYPE}"
        raise RefusedError(Reason.WRONG_PAYLOAD_TYPE, text)
    try:
        statement = Statement.from_bytes(payload, older=True)
    except MalformedError as error:
        raise RefusedError(Reason.MALFORMED_STATEMENT, f"the payload is {error}") from error
    if statement.predicate_type.startswith(OWN):
        try:
            check_own(statement.predicate_type, statement.predicate)
        except Exception as error:  # as in _refusing
            raise RefusedError(Reason.UNKNOWN_PREDICATE, str(error)) from error
    if all(subject.digest != artifact for subject in statement.subjects):
        raise RefusedError(Reason.WRONG_SUBJECT, f"no subject of the statement is {artifact}")
    return statement
