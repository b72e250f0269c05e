"""The rules between files look past what the models of the files name: no fault is a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.core.crosscheck import crosscheck
from tests.climbing import bakery

NOISE: tuple[Any, ...] = (
    7,
    None,
    True,
    "x",
    [],
    {},
    [7, {}, None, "x"],
    {"pre-deploy": 7, "x": [{}]},
)


def documents(target: str = "pot") -> dict[str, Any]:
    """Return the bakery's documents, as they are read, or those of another target's bakery."""
    files = {
        name.replace("__", "/").replace("pot", target): json.loads(text.replace("pot", target))
        for name, text in bakery.config().items()
    }
    return {"pipeline": {"project": "bread", "default_ladder": "kettle"}, **files}


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document, itself included."""
    yield path
    items = value.items() if isinstance(value, dict) else ()
    for key, below in items or (enumerate(value) if isinstance(value, list) else ()):
        yield from places(below, (*path, key))


def put(documents: dict[str, Any], path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """Return the documents with another value at a path."""
    changed = copy.deepcopy(documents)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


def test_documents_that_fit_have_no_finding() -> None:
    assert list(crosscheck(documents())) == []


@pytest.mark.parametrize("target", ["pot", "production"])
@pytest.mark.parametrize("name", sorted(documents()))
def test_noise_at_any_place_is_looked_past(name: str, target: str) -> None:
    whole = documents(target)
    at = name.replace("pot", target)
    for path in places(whole[at]):
        for noise in NOISE:
            for finding in crosscheck(put(whole, (at, *path), noise)):
                assert finding.document in whole
                assert "allowed: " in finding.message


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_document_that_could_not_be_read_is_looked_past(name: str) -> None:
    for finding in crosscheck({**documents(), name: None}):
        assert not finding.message.startswith("there is no"), finding
