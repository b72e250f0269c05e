"""From bytes to a verified statement, or to an error (11) that says why not and what to do.

A release that climbs verifies the same statements again at every rung. What was verified once in
this process is remembered under the digest of the bundle's bytes and the digest of the trust, and
for the time in which the signer's key is good: verification is a function of just these three. So a
changed byte, another key, a revocation or a key that has run out are always looked at in full. What
is never remembered is where bytes lie: who calls has read and hashed them again. A refusal is not
remembered, nothing outlives the process, and nobody changes what a statement says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest
from pipeline.core.predicates.stage_result import StageResult
from pipeline.edges import clock
from pipeline.errors import UntrustedError
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle

if TYPE_CHECKING:
    from pipeline.proof.trust import RehearsalTrust
    from pipeline.proof.verify import VerifiedStatement

MOST, LARGEST = 1024, 256 * 1024
"""How many bundles are remembered, and up to how many bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was verified, and when its key is good: `since <= now < until`."""

    believed: VerifiedStatement
    since: str
    until: str


_known: dict[tuple[Digest, Digest], _Known] = {}
_results: dict[Digest, StageResult] = {}


def believe(trust: RehearsalTrust, bundle: bytes, *, where: str) -> VerifiedStatement:
    """Verify a bundle at this time under this trust; anything against it is `UntrustedError`."""
    now = clock.now()
    name = (Digest.of(bundle), trust.digest)
    known = _known.get(name)
    if known is not None and known.since <= now < known.until:
        return known.believed
    try:
        believed = verify_bundle(bundle, trust, now=now)
    except RefusedError as error:
        raise UntrustedError(
            f"a signed statement is refused: {error}",
            where=where,
            todo="see `invoke trust.show` for who counts; changed evidence is never repaired",
        ) from error
    signers = [key for key in trust.keys if key.key_id == believed.key_id]
    if len(signers) == 1 and len(bundle) <= LARGEST:
        if len(_known) >= MOST:
            _known.clear()
        (key,) = signers
        _known[name] = _Known(believed=believed, since=key.valid_from, until=key.valid_until)
    return believed


def result_of(believed: VerifiedStatement) -> StageResult:
    """Return the stage result that a verified statement of that type states.

    It is a function of the signed bytes alone, so it is remembered by their digest.
    """
    name = believed.bundle_digest
    if name not in _results:
        if len(_results) >= MOST:
            _results.clear()
        _results[name] = StageResult.from_json(believed.statement.predicate)
    return _results[name]
