"""Verification: bytes, trust and the time go in; a `VerifiedStatement` comes out, or a refusal.

This file alone makes `VerifiedStatement`, and gates accept nothing else. The rules, in this order;
the first that is broken names the reason, and nothing is believed until all hold:

 1. The bytes are a Sigstore bundle v0.3 with a managed key and exactly one DSSE signature, not
    larger than 12 MiB (malformed).
 2. They are in the one byte form of our bundles: RFC 8785, canonical base64 (not_canonical).
 3. The payload's type is `application/vnd.in-toto+json` (wrong_payload_type; DSSE v1.0.2, "Verifier
    must check the payload type").
 4. The hint names a key of the trust (unknown_key).
 5. The signature is that key's, over the PAE of exactly these payload bytes (bad_signature).
 6. It is the only signature that means so: strict DER, s <= n/2 (high_s).
 7. The key is not revoked, and `valid_from <= now < valid_until` (key_revoked, key_not_yet_valid,
    key_expired): a signature by key has no time of its own, so it dies with its key.
 8. The payload is one in-toto Statement v1 with a SHA-256 for each subject (malformed_statement).
 9. A predicate under our own constant is of a type and a form that this version knows, no field
    more, none less; fields of foreign predicates are not looked at (unknown_predicate).
10. The key holds the role that this predicate type wants, or that the caller names (wrong_role).

What is left to the caller: whether the statement is about this run, target and attempt, and whether
its subjects are the files at hand. Origin follows from the kind of trust, never from a field.

A bundle checked with a key given by hand (`verify_foreign`) keeps 1, 3, 5, 8 and 9, and must name
the artifact at hand (wrong_subject); 2, 4, 6, 7 and 10 have no meaning there.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import NoReturn

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.predicates.table import check_own
from pipeline.core.release import OriginClass
from pipeline.core.statement import OWN, PAYLOAD_TYPE, Statement
from pipeline.core.trust import Role
from pipeline.proof.keys import PublicKey
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import MessageSignature, load_canonical, load_foreign
from pipeline.proof.trust import ROLES, RehearsalTrust, TrustedKey, check_time

__all__ = [
    "GIVEN_KEY",
    "Reason",
    "RefusedError",
    "VerifiedMessage",
    "VerifiedStatement",
    "check_time_of",
    "verify_bundle",
    "verify_foreign",
]

GIVEN_KEY = "key given by hand"
"""The principal of what was verified with `--key`: nobody vouches for whose key it is."""
_SEAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """What was verified. Only this file holds the seal that the constructor wants."""

    seal: InitVar[object] = None
    bundle_digest: Digest
    key_id: Digest
    principal: str
    origin: OriginClass

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            msg = f"only pipeline.proof.verify makes a {type(self).__name__}"
            raise TypeError(msg)

    def __reduce__(self) -> NoReturn:
        """Refuse copies and pickles, which would go around the seal: verify the bytes again."""
        msg = f"a {type(self).__name__} is not copied; verify its bundle again"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatement(_Sealed):
    """A statement that a known key signed, as it lay in the signed bytes.

    `bundle_digest` is the digest of the bundle's bytes, `origin` follows from the trust.
    """

    statement: Statement
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedMessage(_Sealed):
    """An artifact that a given key signed directly, without a statement about it."""

    artifact: Digest


def verify_bundle(
    data: bytes, trust: RehearsalTrust, *, now: str, role: Role | str | None = None
) -> VerifiedStatement:
    """Believe one of our own bundles; for any bytes, nothing but `RefusedError` is raised.

    `now` is RFC 3339 UTC in whole seconds, `role` the role that the signer must hold instead of
    the one of `ROLES`. A wrong `now` or an unknown `role` is the caller's `ValueError`.
    """
    check_time(now)
    named = None if role is None else Role(role)
    bundle = load_canonical(data)  # rules 1, 2, 3
    key = trust.find(bundle.hint)
    if key is None:  # rule 4
        raise RefusedError(Reason.UNKNOWN_KEY, f"no trusted key has the hint {bundle.hint[:64]!r}")
    key.public.verify(bundle.envelope.signature, bundle.envelope.signed_bytes)  # rules 5, 6
    check_time_of(key, now)  # rule 7
    statement = _read(bundle.envelope.payload)  # rules 8, 9
    _check_role(key, named or ROLES.get(statement.predicate_type), statement)  # rule 10
    return VerifiedStatement(
        seal=_SEAL,
        statement=statement,
        payload=bundle.envelope.payload,
        bundle_digest=Digest.of(data),
        key_id=key.key_id,
        principal=key.principal,
        origin=trust.origin,
    )


def verify_foreign(
    data: bytes, public_pem: bytes | str, artifact_digest: Digest
) -> VerifiedStatement | VerifiedMessage:
    """Believe a managed-key bundle of anybody about an artifact, with a key given by hand.

    A DSSE envelope gives a statement of which the artifact is a subject; a message signature (as
    `cosign sign-blob` makes) gives the artifact alone. All refusals are `RefusedError`; a key that
    is none is the caller's `MalformedError`.
    """
    public = PublicKey.from_pem(public_pem)
    content = load_foreign(data).content  # rule 1
    if isinstance(content, MessageSignature):
        if content.digest is not None and content.digest != artifact_digest:
            raise _not_about(artifact_digest)
        public.verify_foreign_digest(content.signature, artifact_digest)
        return VerifiedMessage(
            seal=_SEAL,
            artifact=artifact_digest,
            bundle_digest=Digest.of(data),
            key_id=public.key_id,
            principal=GIVEN_KEY,
            origin=OriginClass.LOCAL,
        )
    if content.payload_type != PAYLOAD_TYPE:  # rule 3
        text = f"payloadType is {content.payload_type[:80]!r}, not {PAYLOAD_TYPE}"
        raise RefusedError(Reason.WRONG_PAYLOAD_TYPE, text)
    public.verify_foreign(content.signature, content.signed_bytes)  # rule 5
    statement = _read(content.payload)  # rules 8, 9
    if all(subject.digest != artifact_digest for subject in statement.subjects):
        raise _not_about(artifact_digest)
    return VerifiedStatement(
        seal=_SEAL,
        statement=statement,
        payload=content.payload,
        bundle_digest=Digest.of(data),
        key_id=public.key_id,
        principal=GIVEN_KEY,
        origin=OriginClass.LOCAL,
    )


def _not_about(artifact: Digest) -> RefusedError:
    return RefusedError(Reason.WRONG_SUBJECT, f"the bundle is not about {artifact}")


def check_time_of(key: TrustedKey, now: str) -> None:
    """Refuse a key that is revoked, or not good at a time (rule 7)."""
    if key.revoked:
        raise RefusedError(Reason.KEY_REVOKED, f"the key of {key.principal} is revoked")
    if now < key.valid_from:
        text = f"the key of {key.principal} is valid from {key.valid_from}; now is {now}"
        raise RefusedError(Reason.KEY_NOT_YET_VALID, text)
    if now >= key.valid_until:
        text = f"the key of {key.principal} was valid until {key.valid_until}; now is {now}"
        raise RefusedError(Reason.KEY_EXPIRED, text)


def _read(payload: bytes) -> Statement:
    try:
        statement = Statement.from_bytes(payload)
    except Exception as error:  # a reader that crashes on bytes refuses them
        raise RefusedError(Reason.MALFORMED_STATEMENT, f"the payload is {error}") from error
    if statement.predicate_type.startswith(OWN):
        try:
            check_own(statement.predicate_type, statement.predicate)
        except MalformedError as error:
            raise RefusedError(Reason.UNKNOWN_PREDICATE, str(error)) from error
        except Exception as error:  # as above
            raise RefusedError(Reason.UNKNOWN_PREDICATE, f"unreadable: {error!r}") from error
    return statement


def _check_role(key: TrustedKey, role: Role | None, statement: Statement) -> None:
    if not key.may(role):
        wanted = role.value if role else "every role (none is listed for this type)"
        text = f"{key.principal} signed {statement.predicate_type}, which wants {wanted}"
        raise RefusedError(Reason.WRONG_ROLE, text)
