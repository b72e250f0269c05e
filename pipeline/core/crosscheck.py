"""What must hold between the files of a configuration.

Rules, over documents that may have faults of their own (those are looked past, so that every fault
of every file is told at once):

1. A file is named as what stands in it.
2. The default ladder, every ladder's target, and every policy's target are there.
3. Imports name a stage of another ladder, and no ladder gets its artifacts from itself by detours.
4. A ladder's target has a promotion policy; a stage with effect `canary` needs a canary policy for
   it, a stage with `approval` an approval authority; a required anchor needs a stage that has one.
5. Production cannot be made easy (`core.crosscheck_production`).
6. What is named as evidence stands in the registry (`core.crosscheck_registry`).
7. to 11.: what policies, approvals, ladders and targets say of each other fits together
   (`core.crosscheck_policies`).
12. to 14.: the records that a ladder makes are those that its target's policies ask for
   (`core.crosscheck_records`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.core.crosscheck_policies import policies_together
from pipeline.core.crosscheck_production import production_floor
from pipeline.core.crosscheck_records import records_made
from pipeline.core.crosscheck_registry import evidence_registered
from pipeline.core.documents import (
    Documents,
    Finding,
    below,
    mappings,
    one_of,
    policies,
    policy,
)
from pipeline.core.policies.table import FAMILIES

NAMED = (
    ("ladders/", "ladder"),
    ("targets/", "target"),
    ("policies/", "family"),
    ("approvals/", "target"),
)
"""Folder → the field that says a file's name again."""


def crosscheck(documents: Documents) -> Iterator[Finding]:
    """Yield every broken rule of those above."""
    yield from _names(documents)
    yield from _pipeline(documents)
    for name, ladder in below(documents, "ladders/").items():
        yield from _target(documents, f"ladders/{name}", ("target",), ladder.get("target"))
        for index, stage in enumerate(mappings(ladder.get("stages"))):
            yield from _imports(documents, name, index, stage)
        yield from _needs(documents, name, ladder)
    for family, document in below(documents, "policies/").items():
        for index, entry in enumerate(mappings(document.get("policies"))):
            path = ("policies", index, "target")
            yield from _target(documents, f"policies/{family}", path, entry.get("target"))
    for name, approval in below(documents, "approvals/").items():
        yield from _target(documents, f"approvals/{name}", ("target",), approval.get("target"))
    yield from production_floor(documents)
    yield from evidence_registered(documents)
    yield from policies_together(documents)
    yield from records_made(documents)


def _names(documents: Documents) -> Iterator[Finding]:
    """Rule 1."""
    for prefix, field in NAMED:
        for name, document in below(documents, prefix).items():
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
    ladders = list(below(documents, "ladders/"))
    pipeline = documents.get("pipeline")
    if isinstance(pipeline, Mapping) and ladders:
        default = pipeline.get("default_ladder", "staging")
        if isinstance(default, str) and default not in ladders:
            words = f"there is no ladder {default!r}; {one_of(default, ladders)}"
            yield Finding("pipeline", ("default_ladder",), words)


def _target(
    documents: Documents, where: str, path: tuple[str | int, ...], target: object
) -> Iterator[Finding]:
    targets = list(below(documents, "targets/"))
    if isinstance(target, str) and target not in targets:
        yield Finding(where, path, f"there is no target {target!r}; {one_of(target, targets)}")


def _imports(
    documents: Documents, name: str, index: int, stage: Mapping[str, Any]
) -> Iterator[Finding]:
    """Rule 3."""
    imports = stage.get("imports")
    if not isinstance(imports, Mapping):
        return
    ladders = below(documents, "ladders/")
    source, wanted = imports.get("ladder"), imports.get("stage")
    where, path = f"ladders/{name}", ("stages", index, "imports")
    if not isinstance(source, str) or source == name:
        return
    if source not in ladders:
        words = f"there is no ladder {source!r}; {one_of(source, list(ladders))}"
        yield Finding(where, (*path, "ladder"), words)
        return
    stages = mappings(ladders[source].get("stages"))
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
        for stage in mappings(ladders.get(waiting.pop(), {}).get("stages")):
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
    stages = mappings(ladder.get("stages"))
    if _lacks(documents, "promotion", target):
        yield _without("promotion", where, ("target",), target)
    promotion = policy(documents, "promotion", target)
    required = promotion and promotion.fields.get("anchor") == "required"
    if required and not any(one.get("anchor") for one in stages):
        words = f"the promotion policy of {target!r} requires an anchor; allowed: `anchor: true`"
        yield Finding(where, ("stages",), f"{words} on at least one stage")
    for index, stage in enumerate(stages):
        if stage.get("effect") == "canary" and _lacks(documents, "canary", target):
            yield _without("canary", where, ("stages", index, "effect"), target)
        if stage.get("approval") is True and _lacks(documents, "approval_authority", target):
            yield _without("approval_authority", where, ("stages", index, "approval"), target)


def _lacks(documents: Documents, family: str, target: str) -> bool:
    """Tell whether a family's file can be read and has no policy for a target."""
    readable = policies(documents, family) is not None
    return readable and policy(documents, family, target) is None


def _without(family: str, where: str, path: tuple[str | int, ...], target: str) -> Finding:
    words = f"the target {target!r} has no {family} policy; allowed: one in policies/{family}.yaml"
    return Finding(where, path, words)
