"""Verifying a finished release: every signature, every digest, both evidence folders."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.ladders import STATEMENT
from tests.bench.measure import Row, Samples, Unit, timed
from tests.bench.stages import STAGES, Stages

MESSAGES = 500
SEALS = STAGES
STATEMENTS = 2 * STAGES + SEALS
"""Signatures of a finished release: of each stage a statement, a stage result and a seal."""


def rows(stages: Stages) -> Iterator[Row]:
    """Measure `verify` of releases that nobody has looked at yet, in one process.

    Each release has a key and statements of its own, so nothing of one is known from another; the
    first one pays for the imports and is left out.
    """
    ours = Samples(tuple(stages.copy.climber("verify", stages.finished)[1:]))
    peer = Samples(tuple(_bare() for _ in ours.values))
    yield Row(
        name=f"verifying a release of {STAGES} stages",
        unit=Unit.STATEMENTS_S,
        ours=ours.each(lambda value: STATEMENTS / value),
        peer_name="bare P-256 verify",
        peer=peer.each(lambda value: MESSAGES / value),
        aim=None,
        note="ours reads the journal and hashes every file twice: in the store, in the folder",
    )


def _bare() -> float:
    """Return the seconds that `MESSAGES` verifications by `cryptography` take."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    kind, message = ec.ECDSA(hashes.SHA256()), b"x" * STATEMENT
    signature, public = key.sign(message, kind), key.public_key()

    def work() -> None:
        for _ in range(MESSAGES):
            public.verify(signature, message, kind)

    return timed(work)
