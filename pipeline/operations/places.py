"""Which files a phase folder may have, and where: rule 8 of `standalone`.

Evidence is found by digest, so a file could lie under a name that nobody signed. Here every path is
one that the pipeline gives: of the run, of an attempt or of a stage that was taken over from
another ladder (as its stage result lists it), of the phase before (as its manifest lists it), or a
public key under its own digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core import bundle
from pipeline.core.canonical import Digest, HashManifest, MalformedError
from pipeline.core.release import Phase
from pipeline.proof.keys import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.core.evidence import StageEvidence
    from pipeline.core.predicates.evidence_bundle import EvidenceBundle

_OWN = frozenset(
    {bundle.RUN, bundle.JOURNAL, bundle.MANIFEST, "commands.sh", "RERUN.sh", "exit_codes.json"}
)
_BEFORE = Phase.PRE_DEPLOY.value
_CARRIED = frozenset({f"{_BEFORE}/{bundle.HASH_MANIFEST}", f"{_BEFORE}/{bundle.SEAL}"})


def misplaced(
    manifest: HashManifest,
    said: EvidenceBundle,
    attempts: Sequence[StageEvidence],
    taken: Sequence[StageEvidence],
    read: Callable[[str], bytes],
) -> Iterator[str]:
    """Yield what is wrong with each path, in words; nothing when all is in its place."""
    there = manifest.as_dict()
    wanted = _of_attempts(attempts)
    wanted |= bundle.imported_members((item.result, item.digest) for item in taken)
    before: dict[str, Digest] = {}
    if said.phase is Phase.POST_DEPLOY and there.keys() >= _CARRIED:
        before = HashManifest.parse(read(f"{_BEFORE}/{bundle.HASH_MANIFEST}")).as_dict()
    for path in sorted((_OWN | wanted.keys()) - there.keys()):
        yield f"{path} is missing"
    for path, digest in manifest.entries:
        if path in wanted:
            if wanted[path] != digest:
                yield f"{path} is not the file that the stage result lists"
        elif path in _OWN or (before and path in _CARRIED) or _is_key(path, read):
            continue
        elif path.partition("/")[0] in {s.id for s in said.stages} or before.get(path) != digest:
            yield f"{path} is a file that nothing of this release lists"


def _of_attempts(attempts: Sequence[StageEvidence]) -> dict[str, Digest]:
    """Return the files of all attempts, at their places: older ones below `attempts/N`."""
    newest = {item.result.stage: item for item in attempts}
    files: dict[str, Digest] = {}
    for item in attempts:
        stage = item.result.stage
        prefix = stage if newest[stage] is item else f"{stage}/attempts/{item.result.attempt}"
        files |= bundle.stage_members(prefix, item.result, item.digest)
    return files


def _is_key(path: str, read: Callable[[str], bytes]) -> bool:
    folder, _, name = path.rpartition("/")
    if folder != "trust/keys":
        return False
    try:
        return f"{PublicKey.from_pem(read(path)).key_id.hex}.pem" == name
    except MalformedError:
        return False
