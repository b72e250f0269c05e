"""Whether an answer proves that a signer holds the expected key.

The rules, in this order; the first that is broken names the reason:

1. The answer is to this very challenge, byte for byte: an old answer, or one to something else, is
   none (replayed).
2. The key that it names is the expected one (wrong_key).
3. The signature is that key's, over the PAE of these bytes under the challenge's own payload type,
   and the only one that means so (bad_signature, high_s).
4. The key is not revoked, and `valid_from <= now < valid_until` (key_revoked, key_not_yet_valid,
   key_expired).
5. It is the expected principal's (wrong_principal).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.challenge import CHALLENGE_TYPE
from pipeline.core.signer import SignerProof
from pipeline.proof.dsse import pae
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.verify import check_time_of

if TYPE_CHECKING:
    from pipeline.core.challenge import Answer, Challenge
    from pipeline.proof.trust import TrustedKey


def verify_answer(
    answer: Answer, challenge: Challenge, key: TrustedKey, *, principal: str | None, now: str
) -> SignerProof:
    """Return the proof that the signer holds `key`; anything against it is `RefusedError`.

    `principal` is whose the key must be (None: whoever trust says); `now` is RFC 3339 UTC.
    """
    payload = challenge.to_bytes()
    if answer.payload != payload:  # rule 1
        raise RefusedError(Reason.REPLAYED, "the signer answered something else than it was asked")
    if answer.hint != key.hint or challenge.key != str(key.key_id):  # rule 2
        raise RefusedError(Reason.WRONG_KEY, f"the signer holds another key than {key.key_id}")
    key.public.verify(answer.signature, pae(CHALLENGE_TYPE, payload))  # rule 3
    check_time_of(key, now)  # rule 4
    if principal not in {None, key.principal}:  # rule 5
        text = f"the key is {key.principal}'s, not {principal}'s"
        raise RefusedError(Reason.WRONG_PRINCIPAL, text)
    return SignerProof(
        key=str(key.key_id),
        principal=key.principal,
        algorithm=key.public.algorithm.value,
        custody=key.custody.value,
        proven_at=now,
    )
