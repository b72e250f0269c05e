"""Whether the phases of an adopted release have the bundles that their records are said to be of.

Rules, by number; one that is broken leaves nothing of the release to count:

1. Each phase that has a record has its bundle's seal, `PHASE/bundle.sigstore.json`, among the
   objects, verified with the release's own keys, about this very run and phase.
2. The phase's HASH_MANIFEST.txt is the one that the seal is about.
3. The phase has an adoption record, which names exactly this seal and this HASH_MANIFEST.txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.core import bundle
from pipeline.core.canonical import MalformedError
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.statement import EVIDENCE_BUNDLE
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.core.adopted import Entered
    from pipeline.core.evidence import Believed
    from pipeline.proof.trust import RehearsalTrust


class Sealed(NamedTuple):
    """A phase's verified seal: its own digest, and that of the HASH_MANIFEST.txt it is about."""

    seal: str
    manifest: str


def seal_path(phase: str) -> str:
    """Return where a phase's seal lies in a release's folder."""
    return f"{phase}/{bundle.SEAL}"


def sealed(
    entry: Entered, phase: str, data: bytes, trust: RehearsalTrust, now: str
) -> Sealed | str:
    """Verify a phase's seal (rule 1); return what is wrong with it, in words."""
    try:
        believed = verify_bundle(data, trust, now=now)
        if believed.statement.predicate_type != EVIDENCE_BUNDLE:
            return "it is no seal"
        said = EvidenceBundle.from_json(believed.statement.predicate)
    except (RefusedError, MalformedError) as error:
        return f"it is refused: {error}"
    if (said.run, said.phase.value) != (entry.run, phase):
        return "it is the seal of another run or phase"
    (about,) = believed.statement.subjects[:1]
    return Sealed(seal=str(believed.bundle_digest), manifest=str(about.digest))


def sources_of(found: Iterable[Believed]) -> dict[str, Sealed]:
    """Return by phase which bundle the verified adoption records say was adopted."""
    said = [believed.statement.predicate for believed in found]
    return {
        one["phase"]: Sealed(one["source_bundle"]["seal"], one["source_bundle"]["manifest"])
        for one in said
        if "source_bundle" in one
    }


def unnamed(seals: Mapping[str, Sealed], sources: Mapping[str, Sealed]) -> str | None:
    """Name the first phase whose adoption record is not of this very bundle (rule 3)."""
    for phase, found in seals.items():
        if phase not in sources:
            return f"nothing says which {phase} bundle was adopted"
        if sources[phase] != found:
            return f"the adoption record names another {phase} bundle than the one that lies there"
    return None
