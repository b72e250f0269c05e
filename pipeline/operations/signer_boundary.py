"""The signer boundary: the only place where a signer process is opened, and proven first.

Before the first signature the process signs a fresh challenge, and the answer must verify against
the expected key, which trust must know, as valid, as not revoked, as the expected principal's. Else
it is `UntrustedError` (11), and nothing has been signed.

The expected signer of stages, seals and records is the one that `signer:` in config/pipeline.yaml
names by key and principal; where it names none, the local key of this checkout, as trust knows it.
What a person signs in person (an approval, a hold) is signed with the key of that person's
checkout: whose that is, and what it may sign, trust says, and every verification asks it.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.core.challenge import Challenge
from pipeline.core.signer import SignerKey, SignerProof, SignerStanding
from pipeline.core.statement import EVIDENCE_BUNDLE, OUTCOME, STAGE_RESULT, VSA, record_type
from pipeline.edges import clock, keys
from pipeline.edges.signer import SignerProcess
from pipeline.errors import UntrustedError
from pipeline.proof.challenge import verify_answer
from pipeline.proof.refused import RefusedError
from pipeline.proof.trust import ROLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.core.ladder import Stage
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.trust import TrustedKey

EVERY_ATTEMPT = (OUTCOME, VSA, STAGE_RESULT, EVIDENCE_BUNDLE)
"""What is signed of every attempt, whatever its stage declares."""
_TODO = (
    "see `invoke trust.show` for the keys that count; put the expected key back, or mend `signer:` "
    "in config/pipeline.yaml"
)


class Acting(StrEnum):
    """In whose name something is signed."""

    PIPELINE = "pipeline"
    PERSON = "person"


class ProvenSigner:
    """A signer process that signs nothing before it has proven to be the expected one."""

    def __init__(
        self, workspace: Workspace, process: SignerProcess, key: str, principal: str | None
    ) -> None:
        """Take the process, the key that it must hold (`sha256:HEX`), and whose that must be."""
        self._workspace = workspace
        self._process = process
        self._expected = key
        self._principal = principal
        self._proof: SignerProof | None = None
        self._proven: object | None = None

    def prove(self) -> SignerProof:
        """Return the proof that the process at work holds the expected key; each is asked once.

        `UntrustedError` for another key, one that does not count, an answer that is none.
        """
        if self._proof is None or self._proven is not self._process.at_work:
            self._proof = None
            key = self._trusted()
            challenge = Challenge(
                nonce=secrets.token_hex(32), key=self._expected, asked_at=clock.now()
            )
            answer = self._process.answer(challenge)
            try:
                self._proof = verify_answer(
                    answer, challenge, key, principal=self._principal, now=clock.now()
                )
            except RefusedError as error:
                raise _refused(f"the signer in use is not the expected one: {error}") from error
            self._proven = self._process.at_work
        return self._proof

    def sign(
        self,
        statements: Sequence[bytes],
        files: Mapping[str, Path],
        allowed_types: Collection[str],
    ) -> list[bytes]:
        """Prove the signer, then sign: see `SignerProcess.sign`."""
        if statements:
            self.prove()
        return self._process.sign(statements, files, allowed_types)

    def _trusted(self) -> TrustedKey:
        for key in self._workspace.trust.keys:
            if str(key.key_id) == self._expected:
                return key
        raise _refused(f"trust does not know the expected signer {self._expected}")


@contextmanager
def open_signer(workspace: Workspace, acting: Acting = Acting.PIPELINE) -> Iterator[ProvenSigner]:
    """Start the signer of this checkout; its local key is made now if there is none.

    It has proven nothing yet: `prove()`, or the first `sign()`, sees to that.
    """
    config = workspace.configuration.project.signer
    local = keys.local_key(workspace.state, config.algorithm.value, now=clock.now())
    named = config if acting is Acting.PIPELINE else None
    expected = (named.key if named else None) or str(local.public.key_id)
    with SignerProcess(local.private_path) as process:
        process.warm()
        yield ProvenSigner(workspace, process, expected, named.principal if named else None)


def signer_standing(
    workspace: Workspace, stage: Stage, proof: SignerProof | None = None
) -> SignerStanding:
    """Return how the pipeline's expected signer stands; no private half is read, none is made."""
    config = workspace.configuration.project.signer
    local = next(
        (
            str(key.public.key_id)
            for key in keys.public_keys(workspace.state)
            if key.public.algorithm.value == config.algorithm.value
        ),
        None,
    )
    expected = config.key or local
    known = next((key for key in workspace.trust.keys if str(key.key_id) == expected), None)
    records = (record_type(family) for family in stage.records)
    signed = (*stage.emits, *records, *EVERY_ATTEMPT)
    return SignerStanding(
        expected=expected,
        principal=config.principal,
        local=local,
        known=None if known is None else _as_trusted(known),
        unable=tuple(kind for kind in signed if known and not known.may(ROLES.get(kind))),
        proven=None if proof is None else proof.key,
    )


def _as_trusted(key: TrustedKey) -> SignerKey:
    return SignerKey(
        key=str(key.key_id),
        principal=key.principal,
        algorithm=key.public.algorithm.value,
        custody=key.custody.value,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        revoked=key.revoked,
    )


def _refused(what: str) -> UntrustedError:
    return UntrustedError(what, where="the signer boundary", todo=_TODO)
