"""What must hold between the files of a configuration.

Rules, over documents that may have faults of their own (those are looked past, so that every fault
of every file is told at once):

1. A file is named as what stands in it.
2. The default ladder, every ladder's target, and every policy's target are there.
3. Imports name a stage of another ladder, and no ladder gets its artifacts from itself by detours.
4. A ladder's target has a promotion policy; a stage with effect `canary` needs a canary policy for
   it, a stage with `approval` an approval authority; a required anchor needs a stage that has one.
5. Production cannot be made easy: a ladder whose channel or target is called `production` has a
   promotion policy that asks for rooted trust, an anchor, live workflow-backed evidence, and for
   certification, security review and an undrifted baseline.
6. What the evidence registry says of a stage is about `repo`, `local` or a target that is there.
   With a registry, the evidence that policies and approvals name is in it, and a launch proof is an
   entry with a proof.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pipeline.core.policies.table import FAMILIES
from pipeline.core.registry import PLACES
from pipeline.core.release import PRODUCTION

FLOOR = {
    "trust": "rooted",
    "anchor": "required",
    "origin": "live_workflow_backed",
    "certification": "required",
    "security_review": "required",
    "baseline": "required",
}
"""What the promotion policy of production says, and nothing less."""
Documents = Mapping[str, Any]
"""`pipeline`, `ladders/NAME`, `targets/NAME`, `policies/FAMILY` to the JSON value as read."""


class Finding(NamedTuple):
    """Something wrong at a path of one document, in relation to others."""

    document: str
    path: tuple[str | int, ...]
    message: str


def crosscheck(documents: Documents) -> Iterator[Finding]:
    """Yield every broken rule of the six above."""
    yield from _names(documents)
    yield from _pipeline(documents)
    for name, ladder in _of(documents, "ladders/").items():
        yield from _target(documents, f"ladders/{name}", ("target",), ladder.get("target"))
        for index, stage in enumerate(_mappings(ladder.get("stages"))):
            yield from _imports(documents, name, index, stage)
        yield from _needs(documents, name, ladder)
        yield from _production(documents, name, ladder)
    for family, document in _of(documents, "policies/").items():
        for index, policy in enumerate(_mappings(document.get("policies"))):
            path = ("policies", index, "target")
            yield from _target(documents, f"policies/{family}", path, policy.get("target"))
    yield from _registry(documents)


def one_of(word: str, known: list[str]) -> str:
    """Return the end of a message: did you mean, and what there is."""
    near = get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(sorted(known)) or 'none are there'}"


def _of(documents: Documents, prefix: str) -> dict[str, Mapping[str, Any]]:
    return {
        key.removeprefix(prefix): value if isinstance(value, Mapping) else {}
        for key, value in documents.items()
        if key.startswith(prefix)
    }


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, (list, tuple)) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]


def _names(documents: Documents) -> Iterator[Finding]:
    """Rule 1."""
    for prefix, field in (("ladders/", "ladder"), ("targets/", "target"), ("policies/", "family")):
        for name, document in _of(documents, prefix).items():
            written = document.get(field)
            if isinstance(written, str) and written != name and _is_known(prefix, name):
                yield Finding(
                    f"{prefix}{name}",
                    (field,),
                    f"{written!r} stands in a file named {name}.yaml; allowed: {name}, or "
                    "another name for the file",
                )


def _is_known(prefix: str, name: str) -> bool:
    return prefix != "policies/" or name in FAMILIES


def _pipeline(documents: Documents) -> Iterator[Finding]:
    ladders = list(_of(documents, "ladders/"))
    pipeline = documents.get("pipeline")
    if isinstance(pipeline, Mapping) and ladders:
        default = pipeline.get("default_ladder", "staging")
        if isinstance(default, str) and default not in ladders:
            words = f"there is no ladder {default!r}; {one_of(default, ladders)}"
            yield Finding("pipeline", ("default_ladder",), words)


def _target(
    documents: Documents, where: str, path: tuple[str | int, ...], target: object
) -> Iterator[Finding]:
    targets = list(_of(documents, "targets/"))
    if isinstance(target, str) and target not in targets:
        yield Finding(where, path, f"there is no target {target!r}; {one_of(target, targets)}")


def _imports(
    documents: Documents, name: str, index: int, stage: Mapping[str, Any]
) -> Iterator[Finding]:
    """Rule 3."""
    imports = stage.get("imports")
    if not isinstance(imports, Mapping):
        return
    ladders = _of(documents, "ladders/")
    source, wanted = imports.get("ladder"), imports.get("stage")
    where, path = f"ladders/{name}", ("stages", index, "imports")
    if not isinstance(source, str) or source == name:
        return
    if source not in ladders:
        words = f"there is no ladder {source!r}; {one_of(source, list(ladders))}"
        yield Finding(where, (*path, "ladder"), words)
        return
    stages = _mappings(ladders[source].get("stages"))
    names = [str(one[key]) for one in stages for key in ("id", "alias") if key in one]
    if isinstance(wanted, str) and wanted not in names:
        ids = [str(one["id"]) for one in stages if "id" in one]
        words = f"the ladder {source!r} has no stage {wanted!r}; {one_of(wanted, ids)}"
        yield Finding(where, (*path, "stage"), words)
    if name in _reached(ladders, source):
        words = f"{source!r} takes artifacts of {name!r} itself; allowed: a ladder that does not"
        yield Finding(where, (*path, "ladder"), words)


def _reached(ladders: Mapping[str, Mapping[str, Any]], start: str) -> set[str]:
    """Return every ladder whose artifacts come to `start`, by however many detours."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for stage in _mappings(ladders.get(waiting.pop(), {}).get("stages")):
            imports = stage.get("imports")
            source = imports.get("ladder") if isinstance(imports, Mapping) else None
            if isinstance(source, str) and source not in found:
                found.add(source)
                waiting.append(source)
    return found


def _needs(documents: Documents, name: str, ladder: Mapping[str, Any]) -> Iterator[Finding]:
    """Rule 4."""
    target, where = ladder.get("target"), f"ladders/{name}"
    if not isinstance(target, str) or f"targets/{target}" not in documents:
        return
    stages = _mappings(ladder.get("stages"))
    promotion = _policy(documents, "promotion", target)
    if promotion is None:
        yield _without("promotion", where, ("target",), target)
    elif promotion.get("anchor") == "required" and not any(one.get("anchor") for one in stages):
        words = f"the promotion policy of {target!r} requires an anchor; allowed: `anchor: true`"
        yield Finding(where, ("stages",), f"{words} on at least one stage")
    for index, stage in enumerate(stages):
        canary = stage.get("effect") == "canary"
        if canary and _policy(documents, "canary", target) is None:
            yield _without("canary", where, ("stages", index, "effect"), target)
        if stage.get("approval") is True and (
            _policy(documents, "approval_authority", target) is None
        ):
            yield _without("approval_authority", where, ("stages", index, "approval"), target)


def _production(documents: Documents, name: str, ladder: Mapping[str, Any]) -> Iterator[Finding]:
    """Rule 5."""
    called = [field for field in ("channel", "target") if ladder.get(field) == PRODUCTION]
    promotion = _policy(documents, "promotion", str(ladder.get("target")))
    if not called or not promotion:
        return
    for field, wanted in FLOOR.items():
        if promotion.get(field) not in {wanted, None}:
            words = f"the promotion policy says {field}: {promotion.get(field)}"
            allowed = f"what is called {PRODUCTION} needs {field}: {wanted}"
            yield Finding(f"ladders/{name}", (called[0],), f"{words}; {allowed}")


def _policy(documents: Documents, family: str, target: str) -> Mapping[str, Any] | None:
    """Return a target's policy; `{}` when the family's file could not be read at all."""
    document = documents.get(f"policies/{family}")
    if not isinstance(document, Mapping) or not isinstance(document.get("policies"), list):
        return {}
    policies = _mappings(document["policies"])
    return next((policy for policy in policies if policy.get("target") == target), None)


def _without(family: str, where: str, path: tuple[str | int, ...], target: str) -> Finding:
    words = f"the target {target!r} has no {family} policy; allowed: one in policies/{family}.yaml"
    return Finding(where, path, words)


def _registry(documents: Documents) -> Iterator[Finding]:
    """Rule 6."""
    known = [*PLACES, *_of(documents, "targets/")]
    registry = documents.get("registry")
    if not isinstance(registry, Mapping):
        return
    entries = _mappings(registry.get("evidence"))
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


def _named(documents: Documents) -> Iterator[tuple[str, tuple[str | int, ...], str, bool]]:
    """Yield what is named as evidence: document, path, id, and whether it must have a proof."""
    policies = _of(documents, "policies/")
    for at, policy in enumerate(_mappings(policies.get("smoke_verification", {}).get("policies"))):
        if isinstance(policy.get("evidence"), str):
            place = ("policies", at, "evidence")
            yield "policies/smoke_verification", place, policy["evidence"], False
    for at, policy in enumerate(_mappings(policies.get("canary", {}).get("policies"))):
        (boundary,) = _mappings([policy.get("boundary")])
        for index, name in enumerate(_texts(boundary.get("evidence"))):
            yield "policies/canary", ("policies", at, "boundary", "evidence", index), name, False
    for target, approval in _of(documents, "approvals/").items():
        for index, name in enumerate(_texts(approval.get("launch_proofs"))):
            yield f"approvals/{target}", ("launch_proofs", index), name, True


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
