"""The signer's own side: hash what is there, sign what fits it.

A statement is signed only when all of this holds:

 1. It is a strict in-toto statement, in the one byte form that we write (RFC 8785).
 2. Its predicate type is one of those that the request allows: those that the ladder declares.
 3. Every subject's digest is that of a file which the signer has just hashed itself.
 4. So is every digest in the lists `artifacts`, `outputs`, `logs`, `records` and `statements` of
    our own stage-result and evidence-bundle.

One statement that breaks a rule and none of the request is signed. Besides, a challenge is signed
(`core.challenge`): one document of the challenge's own form, alone in its request, under a payload
type that no statement has; so nobody gets a statement signed as a challenge.

The signer believes nothing else, verifies nothing else, and never shows its key. It ends when its
standard input does, so it never outlives who started it; it imports little, since a release waits
for it.
"""

from __future__ import annotations

import base64
import os
import resource
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.challenge import CHALLENGE_TYPE, Challenge
from pipeline.core.statement import EVIDENCE_BUNDLE, PAYLOAD_TYPE, STAGE_RESULT, Statement
from pipeline.edges.hashing import hash_open
from pipeline.edges.private_key import read_private
from pipeline.edges.signer.protocol import Refusal, read_message, write_message
from pipeline.errors import UntrustedError
from pipeline.proof.dsse import Envelope, pae
from pipeline.proof.keys import SigningKey
from pipeline.proof.sigstore_bundle import KeyBundle

LISTS = ("artifacts", "outputs", "logs", "records", "statements")
"""The members of our own predicates that name files by digest."""


class RefusalError(Exception):
    """A request that is not signed: the reason, and words for people."""

    def __init__(self, reason: Refusal, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.reason = reason


def main(key_path: str) -> None:
    """Answer requests on standard input with the key in a file, until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the key
    serve(Path(key_path), sys.stdin.buffer, sys.stdout.buffer)


def serve(key_path: Path, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer requests until they end; a key that cannot be used is said once, then it is over."""
    try:
        key = read_private(key_path)
    except (UntrustedError, OSError) as error:
        what = error.what if isinstance(error, UntrustedError) else str(error)
        write_message(replies, _refused(RefusalError(Refusal.KEY, what)))
        return
    while (request := read_message(requests)) is not None:
        try:
            answer = answer_to(key, request)
        except RefusalError as error:
            answer = _refused(error)
        write_message(replies, answer)


def _refused(error: RefusalError) -> dict[str, Any]:
    return {"refused": {"reason": error.reason.value, "text": str(error)}}


def answer_to(key: SigningKey, request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to a request for signatures, or for the answer to a challenge."""
    if "challenge" in request:
        return {"answer": answer_challenge(key, request)}
    bundles = sign_request(key, request)
    return {"bundles": [base64.b64encode(bundle).decode("ascii") for bundle in bundles]}


def answer_challenge(key: SigningKey, request: dict[str, Any]) -> dict[str, str]:
    """Return the signature over a challenge; whatever else is asked for is `RefusalError`."""
    try:
        if set(request) != {"challenge"}:
            raise RefusalError(Refusal.REQUEST, "a challenge stands alone in its request")
        payload = base64.b64decode(request["challenge"], validate=True)
        Challenge.from_bytes(payload)
    except (TypeError, ValueError) as error:
        raise RefusalError(Refusal.CHALLENGE, f"no challenge: {error}") from error
    return {
        "payload": base64.b64encode(payload).decode("ascii"),
        "signature": base64.b64encode(key.sign(pae(CHALLENGE_TYPE, payload))).decode("ascii"),
        "hint": key.public.hint,
    }


def sign_request(key: SigningKey, request: dict[str, Any]) -> list[bytes]:
    """Return one bundle for each statement of a request, or raise `RefusalError` and sign none."""
    try:
        payloads = [base64.b64decode(text, validate=True) for text in request["statements"]]
        files = {str(name): Path(path) for name, path in request["files"].items()}
        allowed = frozenset(request["allowed_types"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RefusalError(Refusal.REQUEST, f"the request makes no sense: {error!r}") from error
    hashed = _hash(files)
    for payload in payloads:
        check(payload, hashed, allowed)
    return [_sign(key, payload) for payload in payloads]


def _hash(files: Mapping[str, Path]) -> frozenset[Digest]:
    found = set()
    for name, path in files.items():
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise RefusalError(Refusal.FILE, f"{name[:120]!r} is no regular file")
                found.add(hash_open(handle))
            finally:
                os.close(handle)
        except (OSError, ValueError) as error:
            text = f"{name[:120]!r} cannot be hashed: {error}"
            raise RefusalError(Refusal.FILE, text) from error
    return frozenset(found)


def check(payload: bytes, hashed: frozenset[Digest], allowed: frozenset[str]) -> None:
    """Hold one statement against rules 1 to 4; `RefusalError` says which it breaks."""
    try:
        statement = Statement.from_bytes(payload)
        canonical = statement.to_bytes()
    except MalformedError as error:
        raise RefusalError(Refusal.STATEMENT, f"no statement: {error}") from error
    kind = statement.predicate_type
    if canonical != payload:  # rule 1
        raise RefusalError(Refusal.STATEMENT, f"{kind}: not in the byte form that we write")
    if kind not in allowed:  # rule 2
        raise RefusalError(Refusal.TYPE, f"{kind[:200]!r} is not declared for this stage")
    for subject in statement.subjects:  # rule 3
        if subject.digest not in hashed:
            text = f"{kind}: the subject {subject.name[:120]!r} is none of the hashed files"
            raise RefusalError(Refusal.SUBJECT, text)
    if kind in {STAGE_RESULT, EVIDENCE_BUNDLE}:  # rule 4
        for name in LISTS:
            _check_list(f"{kind}: {name}", statement.predicate.get(name, []), hashed)


def _check_list(where: str, members: object, hashed: frozenset[Digest]) -> None:
    if not isinstance(members, list):
        raise RefusalError(Refusal.STATEMENT, f"{where} is no list")
    for member in members:
        try:
            digest = Digest.parse(member["digest"])
        except (MalformedError, KeyError, TypeError, AttributeError) as error:
            raise RefusalError(Refusal.STATEMENT, f"{where}: a member has no digest") from error
        if digest not in hashed:
            raise RefusalError(Refusal.SUBJECT, f"{where}: {digest} is none of the hashed files")


def _sign(key: SigningKey, payload: bytes) -> bytes:
    envelope = Envelope(
        payload_type=PAYLOAD_TYPE,
        payload=payload,
        signature=key.sign(pae(PAYLOAD_TYPE, payload)),
    )
    return KeyBundle(envelope=envelope, hint=key.public.hint).to_bytes()
