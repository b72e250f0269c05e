"""From a read document to a model: every fault with its position and what is allowed, in our words.

No message of pydantic reaches a person: what is allowed is read from the model's JSON Schema
(`x-allowed`, enums, types), and a misspelt key or word gets "did you mean".
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar

import pydantic
from pydantic_core import ErrorDetails

from pipeline.core.fields import Problem
from pipeline.core.model import Model
from pipeline.edges.document import Document, Fault, Path

M = TypeVar("M", bound=Model)
_KEY = "[key]"
"""How pydantic marks that an error is about a key, not about its value."""


def bind(model: type[M], document: Document) -> M | None:
    """Return the document as a model; else `None`, with every fault added to the document's."""
    if document.root is None:
        return None
    value, found = document.value, None
    faults: dict[tuple[Any, str], Fault] = {}
    try:
        found = model.model_validate_json(pydantic.TypeAdapter(Any).dump_json(value))
    except pydantic.ValidationError as error:
        for details in error.errors(include_url=False):
            for fault in _translate(model, document, details):
                faults[fault.mark, fault.message] = fault
        check = getattr(model, "cross_problems", None)
        for path, message in check(value) if check else ():
            fault = document.fault(path, message)
            if not document.is_broken(path):
                faults[fault.mark, fault.message] = fault
    document.faults.extend(faults.values())
    return None if document.faults else found


def _translate(model: type[Model], document: Document, details: ErrorDetails) -> Iterable[Fault]:
    """Turn one error of pydantic into faults of ours; a path that is broken already gives none."""
    path: Path = tuple(part for part in details["loc"] if part != _KEY)
    context, value = details.get("ctx", {}), details["input"]
    parent = path[:-1] if details["type"] == "extra_forbidden" else path
    if document.is_broken(parent) or _is_echo(details):
        return
    if details["type"] == "refused_all":
        for below, message in (Problem(*problem) for problem in context["problems"]):
            if not document.is_broken((*path, *below)):
                yield document.fault((*path, *below), message)
    elif _KEY in details["loc"] and details["type"] == "enum":
        names = schema_at(model, path[:-1]).get("propertyNames", {})
        yield document.fault(path, _unknown(path, _options(_resolve(model, names))), at_key=True)
    elif details["type"] == "refused" and isinstance(value, str):
        yield document.fault(path, str(context["message"]), at_key=_KEY in details["loc"])
    elif details["type"] == "extra_forbidden":
        keys = list(schema_at(model, path[:-1]).get("properties", {}))
        yield document.fault(path, _unknown(path, keys), at_key=True)
    elif details["type"] == "missing":
        allowed = describe(schema_at(model, path))
        yield document.fault(path, f"is missing; allowed: {allowed}")
    else:
        yield document.fault(path, _wrong_value(model, path, value))


def _is_echo(details: ErrorDetails) -> bool:
    """Tell whether pydantic only says that something below, or beside, is wrong already."""
    if details["type"] == "too_short":
        return bool(len(details["input"]) >= details["ctx"]["min_length"])
    return details["type"] == "default_factory_not_called"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'? ` for the nearest known word, or nothing."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}? " if near else ""


def _unknown(path: Path, keys: list[str]) -> str:
    hint = did_you_mean(str(path[-1]), keys)
    return f"unknown key; {hint}allowed: {', '.join(keys) or 'no keys'}"


def _wrong_value(model: type[Model], path: Path, value: object) -> str:
    schema = schema_at(model, path)
    words = _options(schema)
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    if value is None:
        return f"nothing is written here; allowed: {describe(schema)}"
    if isinstance(value, int) and schema.get("type") == "string" and not words:
        quotable = re.fullmatch(schema.get("pattern", ".*"), _shown(value))
        hint = "put it in quotes if it is meant as text; " if quotable else ""
    return f"{_shown(value)} does not fit; {hint}allowed: {describe(schema)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return repr(value)[:80]
    if isinstance(value, Mapping):
        return "a mapping"
    return "an empty list" if not value else "a list"


@lru_cache(maxsize=64)
def _schema(model: type[Model]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _resolve(model: type[Model], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Follow references and the optional half of `X or nothing`."""
    current = dict(schema)
    while True:
        options = [one for one in current.get("anyOf", ()) if one.get("type") != "null"]
        if "$ref" in current:
            name = str(current["$ref"]).rpartition("/")[2]
            current = dict(_schema(model)["$defs"][name])
        elif len(options) == 1:
            current = dict(options[0])
        else:
            return current


def schema_at(model: type[Model], path: Path) -> dict[str, Any]:
    """Return the JSON Schema of what may stand at a path of a model; `{}` where nothing may."""
    schema = _resolve(model, _schema(model))
    for part in path:
        if isinstance(part, int):
            below = schema.get("items", {})
        else:
            patterns = list(schema.get("patternProperties", {}).values())
            others = patterns[0] if patterns else schema.get("additionalProperties")
            below = schema.get("properties", {}).get(part, others)
        schema = _resolve(model, below if isinstance(below, Mapping) else {})
    if isinstance(schema.get("items"), Mapping):
        schema = {**schema, "items": _resolve(model, schema["items"])}
    return schema


def _options(schema: Mapping[str, Any]) -> list[str]:
    return [str(one) for one in schema.get("enum", [schema["const"]] if "const" in schema else [])]


def describe(schema: Mapping[str, Any]) -> str:
    """Say in words what a schema allows."""
    if "x-allowed" in schema:
        return str(schema["x-allowed"])
    if _options(schema):
        return ", ".join(_options(schema))
    kind = schema.get("type")
    if kind == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        return f"a whole number from {low} to {high}" if high is not None else "a whole number"
    if kind == "array":
        items = schema.get("items", {})
        least = ", at least one" if schema.get("minItems") else ""
        return f"a list{least} (each: {describe(items)})"
    if kind == "object":
        keys = ", ".join(schema.get("properties", {}))
        return f"a mapping with {keys}" if keys else "a mapping"
    return {"boolean": "true or false", "string": "text"}.get(str(kind), "something else")
