"""A challenge is signed as what it is; nothing else is signed by asking for one."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import MalformedError, canonical
from pipeline.core.challenge import CHALLENGE_TYPE, Challenge
from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.edges import keys
from pipeline.edges.signer import SignerProcess, server
from pipeline.edges.signer.protocol import Refusal
from pipeline.errors import LadderError
from pipeline.proof.dsse import Envelope, pae
from pipeline.proof.refused import RefusedError
from pipeline.proof.sigstore_bundle import KeyBundle
from pipeline.proof.verify import Reason, verify_bundle
from tests.edges.signer.signing import ALLOWED, about, trust
from tests.proof import making

CHALLENGE = Challenge(
    nonce="ab" * 32, key=str(making.P256.public.key_id), asked_at="2026-06-01T12:00:00Z"
)


def test_the_signer_signs_the_challenge_under_its_own_payload_type(
    signer: SignerProcess, key: keys.LocalKey
) -> None:
    answer = signer.answer(CHALLENGE)
    assert (answer.payload, answer.hint) == (CHALLENGE.to_bytes(), key.public.hint)
    key.public.verify(answer.signature, pae(CHALLENGE_TYPE, answer.payload))
    with pytest.raises(RefusedError, match="bad_signature"):
        key.public.verify(answer.signature, pae(PAYLOAD_TYPE, answer.payload))


def test_an_answer_put_into_a_bundle_is_never_evidence(
    signer: SignerProcess, key: keys.LocalKey
) -> None:
    answer = signer.answer(CHALLENGE)
    envelope = Envelope(
        payload_type=PAYLOAD_TYPE, payload=answer.payload, signature=answer.signature
    )
    bundle = KeyBundle(envelope=envelope, hint=answer.hint).to_bytes()
    with pytest.raises(RefusedError) as refused:
        verify_bundle(bundle, trust(key), now=making.NOW)
    assert refused.value.reason is Reason.BAD_SIGNATURE
    named = bundle.replace(PAYLOAD_TYPE.encode(), CHALLENGE_TYPE.encode())
    with pytest.raises(RefusedError) as refused:
        verify_bundle(named, trust(key), now=making.NOW)
    assert refused.value.reason is Reason.WRONG_PAYLOAD_TYPE


def fields(**changes: Any) -> bytes:  # noqa: ANN401 - JSON values
    value = {"asked_at": CHALLENGE.asked_at, "key": CHALLENGE.key, "nonce": CHALLENGE.nonce}
    return canonical({name: v for name, v in (value | changes).items() if v is not ...})


NO_CHALLENGES = [
    b"",
    b"{}",
    b"[]",
    b"nonce",
    CHALLENGE.to_bytes() + b"\n",
    fields(nonce="ab"),
    fields(nonce="AB" * 32),
    fields(nonce=7),
    fields(nonce=...),
    fields(key="sha256:ab"),
    fields(key=...),
    fields(asked_at="yesterday"),
    fields(statement="x"),
    fields(_type="https://in-toto.io/Statement/v1"),
    making.statement().to_bytes(),
]


@pytest.mark.parametrize("payload", NO_CHALLENGES)
def test_what_is_no_challenge_is_not_answered(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        Challenge.from_bytes(payload)
    request = {"challenge": base64.b64encode(payload).decode()}
    with pytest.raises(server.RefusalError) as refused:
        server.answer_to(making.P256, request)
    assert refused.value.reason is Refusal.CHALLENGE


def test_a_challenge_with_statements_beside_it_signs_neither(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    text = base64.b64encode(CHALLENGE.to_bytes()).decode()
    payload = base64.b64encode(about(path).to_bytes()).decode()
    both = {"challenge": text, "statements": [payload], "files": {}, "allowed_types": []}
    with pytest.raises(server.RefusalError) as refused:
        server.answer_to(making.P256, both)
    assert refused.value.reason is Refusal.REQUEST


def test_a_challenge_is_never_signed_as_a_statement(
    signer: SignerProcess, files: dict[str, Path]
) -> None:
    with pytest.raises(LadderError, match="no statement"):
        signer.sign([CHALLENGE.to_bytes()], files, ALLOWED)


def test_a_refused_challenge_does_not_end_the_signer(signer: SignerProcess) -> None:
    wrong = Challenge(nonce="x", key=CHALLENGE.key, asked_at=CHALLENGE.asked_at)
    with pytest.raises(LadderError, match="no challenge"):
        signer.answer(wrong)
    assert signer.answer(CHALLENGE).payload == CHALLENGE.to_bytes()


def test_a_challenge_reads_back_as_it_was_written() -> None:
    assert Challenge.from_bytes(CHALLENGE.to_bytes()) == CHALLENGE
