"""Whether an answer proves the expected signer: the rules, one by one, each broken alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.challenge import CHALLENGE_TYPE, Answer, Challenge
from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.core.trust import Custody
from pipeline.proof.challenge import verify_answer
from pipeline.proof.dsse import pae
from pipeline.proof.keys import SigningKey
from pipeline.proof.refused import Reason, RefusedError
from tests.proof import making


def challenge(key: SigningKey = making.P256, nonce: str = "01" * 32) -> Challenge:
    return Challenge(nonce=nonce, key=str(key.public.key_id), asked_at=making.NOW)


ASKED = challenge()


def answer(
    key: SigningKey = making.P256, payload: bytes = ASKED.to_bytes(), kind: str = CHALLENGE_TYPE
) -> Answer:
    signature = key.sign(pae(kind, payload))
    return Answer(payload=payload, signature=signature, hint=key.public.hint)


def why(said: Answer, wanted: str | None = None, **trusted: Any) -> Reason:  # noqa: ANN401
    key = making.trusted(making.P256, **trusted)
    with pytest.raises(RefusedError) as refused:
        verify_answer(said, ASKED, key, principal=wanted, now=making.NOW)
    return refused.value.reason


@pytest.mark.parametrize("key", [making.P256, making.ED25519])
def test_the_proof_names_the_key_and_whose_it_is(key: SigningKey) -> None:
    asked = challenge(key)
    trusted = making.trusted(key, principal="ada", custody=Custody.CI)
    proof = verify_answer(
        answer(key, asked.to_bytes()), asked, trusted, principal="ada", now=making.NOW
    )
    assert proof.to_dict() == {
        "key": str(key.public.key_id),
        "principal": "ada",
        "algorithm": key.public.algorithm.value,
        "custody": "ci",
        "proven_at": making.NOW,
    }


def test_rule_1_an_old_answer_replayed_is_refused() -> None:
    old = challenge(nonce="02" * 32)
    assert why(answer(payload=old.to_bytes())) is Reason.REPLAYED


def test_rule_1_something_else_that_is_well_signed_is_refused() -> None:
    assert why(answer(payload=making.statement().to_bytes())) is Reason.REPLAYED


def test_rule_2_another_key_is_refused_whatever_it_signs() -> None:
    assert why(answer(making.STRANGER)) is Reason.WRONG_KEY


def test_rule_2_a_challenge_for_another_key_proves_nothing_of_this_one() -> None:
    asked = challenge(making.STRANGER)
    with pytest.raises(RefusedError) as refused:
        verify_answer(
            answer(payload=asked.to_bytes()),
            asked,
            making.trusted(making.P256),
            principal=None,
            now=making.NOW,
        )
    assert refused.value.reason is Reason.WRONG_KEY


def test_rule_3_another_key_under_the_expected_name_is_refused() -> None:
    lying = dataclasses.replace(answer(making.STRANGER), hint=making.P256.public.hint)
    assert why(lying) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("kind", [PAYLOAD_TYPE, ""])
def test_rule_3_a_signature_under_another_payload_type_is_refused(kind: str) -> None:
    assert why(answer(kind=kind)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("trusted", "reason"),
    [
        ({"revoked": True}, Reason.KEY_REVOKED),
        ({"valid_until": making.NOW}, Reason.KEY_EXPIRED),
        ({"valid_from": "2026-06-01T12:00:01Z"}, Reason.KEY_NOT_YET_VALID),
    ],
)
def test_rule_4_a_key_that_does_not_count_now_is_refused(
    trusted: dict[str, Any], reason: Reason
) -> None:
    assert why(answer(), **trusted) is reason


def test_rule_5_the_key_of_another_principal_is_refused() -> None:
    assert why(answer(), "release-workflow", principal="ada") is Reason.WRONG_PRINCIPAL
