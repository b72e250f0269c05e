"""The fields of a model as a page lists them: `checks[].id` for what stands in a list of models."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from enum import Enum

import pydantic

from pipeline.core.fields import write_duration

REQUIRED = ""
"""The default of a field that must be written."""


def fields(
    model: type[pydantic.BaseModel], prefix: str = ""
) -> Iterator[tuple[str, pydantic.fields.FieldInfo]]:
    """Yield every field with its path, those of nested models after the field that holds them."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield path, field
        for nested, many in _models(field.annotation):
            yield from fields(nested, f"{path}[]." if many else f"{path}.")


def paths(model: type[pydantic.BaseModel]) -> list[str]:
    """Return every field's path."""
    return [path for path, _ in fields(model)]


def default(path: str, field: pydantic.fields.FieldInfo) -> str | None:
    """Return a field's default as YAML has it; `None` where it is empty, or made of defaults."""
    value = field.default
    if field.is_required():
        return REQUIRED
    if field.default_factory or value in (None, ()) or isinstance(value, pydantic.BaseModel):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if path.rpartition(".")[2] in {"timeout", "bake"}:
        return write_duration(int(value))
    return str(value.value if isinstance(value, Enum) else value)


def _models(annotation: object) -> Iterator[tuple[type[pydantic.BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation, False
    many = typing.get_origin(annotation) is tuple
    for argument in typing.get_args(annotation):
        for found, inner in _models(argument):
            yield found, many or inner
