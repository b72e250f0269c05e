"""What a configuration names as evidence stands in its registry.

The rules of `core.crosscheck` go on here:

6. What the evidence registry says of a stage is about `repo`, `local` or a target that is there.
   With a registry, the evidence that policies and approvals name is in it, and a launch proof is an
   entry with a proof.
"""

from collections.abc import Iterator, Mapping

from pipeline.core.documents import (
    Documents,
    Finding,
    Path,
    below,
    mappings,
    one_of,
    policies,
    texts,
)
from pipeline.core.registry import PLACES


def evidence_registered(documents: Documents) -> Iterator[Finding]:
    """Yield what breaks the rule above."""
    known = [*PLACES, *below(documents, "targets/")]
    registry = documents.get("registry")
    if not isinstance(registry, Mapping):
        return
    entries = mappings(registry.get("evidence"))
    for at, entry in enumerate(entries):
        stages = entry.get("stages")
        for index, stage in enumerate(stages if isinstance(stages, list) else ()):
            if isinstance(stage, str) and stage not in known:
                words = f"there is no target {stage!r}; {one_of(stage, known)}"
                yield Finding("registry", ("evidence", at, "stages", index), words)
    ids = {str(entry["id"]): entry.get("proof") is not None for entry in entries if "id" in entry}
    for where, path, name, as_proof in _named(documents):
        if name not in ids:
            words = f"the registry has no {name!r}; {one_of(name, list(ids))}"
            yield Finding(where, path, words)
        elif as_proof and not ids[name]:
            proofs = [known for known, has_proof in ids.items() if has_proof]
            words = f"{name!r} has no proof in the registry; {one_of(name, proofs)}"
            yield Finding(where, path, words)


def _named(documents: Documents) -> Iterator[tuple[str, Path, str, bool]]:
    """Yield what is named as evidence: document, path, id, and whether it must have a proof."""
    for one in policies(documents, "smoke_verification") or ():
        if isinstance(one.fields.get("evidence"), str):
            place: Path = ("policies", one.at, "evidence")
            yield "policies/smoke_verification", place, one.fields["evidence"], False
    for one in policies(documents, "canary") or ():
        (boundary,) = mappings([one.fields.get("boundary")])
        for at, name in texts(boundary.get("evidence")):
            yield "policies/canary", ("policies", one.at, "boundary", "evidence", at), name, False
    for target, approval in below(documents, "approvals/").items():
        for at, name in texts(approval.get("launch_proofs")):
            yield f"approvals/{target}", ("launch_proofs", at), name, True
