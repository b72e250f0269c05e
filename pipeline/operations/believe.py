"""From bytes to a verified statement, or to an error (11) that says why not and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges import clock
from pipeline.errors import UntrustedError
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle

if TYPE_CHECKING:
    from pipeline.proof.trust import RehearsalTrust
    from pipeline.proof.verify import VerifiedStatement


def believe(trust: RehearsalTrust, bundle: bytes, *, where: str) -> VerifiedStatement:
    """Verify a bundle at this time under this trust; anything against it is `UntrustedError`."""
    try:
        return verify_bundle(bundle, trust, now=clock.now())
    except RefusedError as error:
        raise UntrustedError(
            f"a signed statement is refused: {error}",
            where=where,
            todo="see `invoke trust.show` for who counts; changed evidence is never repaired",
        ) from error
