"""A configuration's documents, which may have faults of their own, read past those faults.

What is not well-formed is left out here: the model of its file names it. A rule between files that
cannot know the other side says nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pipeline.core.policies.table import NEEDED

Documents = Mapping[str, Any]
"""`pipeline`, `ladders/NAME`, `targets/NAME`, `policies/FAMILY`, `approvals/NAME` to the JSON value
as read."""
Fields = Mapping[str, Any]
Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """Something wrong at a path of one document, in relation to others."""

    document: str
    path: Path
    message: str


class Listed(NamedTuple):
    """A policy as its file has it, and where."""

    at: int
    fields: Fields


def one_of(word: str, known: Iterable[str]) -> str:
    """Return the end of a message: did you mean, and what there is."""
    names = sorted(set(known))
    near = get_close_matches(word, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(names) or 'none are there'}"


def below(documents: Documents, prefix: str) -> dict[str, Fields]:
    """Return the documents of a folder by name; one that is no mapping is empty."""
    return {
        key.removeprefix(prefix): value if isinstance(value, Mapping) else {}
        for key, value in documents.items()
        if key.startswith(prefix)
    }


def mappings(value: object) -> list[Fields]:
    """Return a list's mappings, each at its place; anything else is an empty one."""
    items = value if isinstance(value, (list, tuple)) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]


def texts(value: object) -> Iterator[tuple[int, str]]:
    """Yield the texts of a list with their places."""
    for at, item in enumerate(value if isinstance(value, (list, tuple)) else ()):
        if isinstance(item, str):
            yield at, item


def policies(documents: Documents, family: str) -> list[Listed] | None:
    """Return a family's policies; `None` when its file cannot be read, or is needed and missing."""
    document = documents.get(f"policies/{family}")
    if document is None and f"policies/{family}" not in documents and family not in NEEDED:
        return []
    if not isinstance(document, Mapping) or not isinstance(document.get("policies"), list):
        return None
    return [Listed(at, fields) for at, fields in enumerate(mappings(document["policies"]))]


def policy(documents: Documents, family: str, target: str) -> Listed | None:
    """Return a target's policy of a family that can be read, if there is one."""
    listed = policies(documents, family) or ()
    return next((one for one in listed if one.fields.get("target") == target), None)


def ladders_to(documents: Documents, target: object) -> dict[str, Fields]:
    """Return the ladders that climb to a target; none while another one's target is in doubt."""
    ladders, targets = below(documents, "ladders/"), below(documents, "targets/")
    if not all(f"{ladder.get('target')}" in targets for ladder in ladders.values()):
        return {}
    return {name: ladder for name, ladder in ladders.items() if ladder["target"] == target}


def stage_ids(ladders: Iterable[Fields]) -> set[str]:
    """Return the ids of the ladders' stages."""
    stages = (stage for ladder in ladders for stage in mappings(ladder.get("stages")))
    return {stage["id"] for stage in stages if isinstance(stage.get("id"), str)}


def named(
    documents: Documents, where: tuple[str, Path], family: str, wanted: str, target: object
) -> Iterator[Finding]:
    """Yield the finding that a policy of a family is not there for a target, if so."""
    listed = policies(documents, family)
    if listed is None:
        return
    ids = [str(one.fields.get("id")) for one in listed if one.fields.get("target") == target]
    if wanted in ids:
        return
    others = [one.fields.get("target") for one in listed if one.fields.get("id") == wanted]
    words = f"there is no {family} policy {wanted!r}"
    if others:
        words = f"the {family} policy {wanted!r} is for the target {others[0]!r}, not {target!r}"
    yield Finding(*where, f"{words}; {one_of(wanted, ids)}")
