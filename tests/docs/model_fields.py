"""The fields of a model as a page lists them: `checks[].id` for what stands in a list of models."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pydantic


def paths(model: type[pydantic.BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every field's path, those of nested models after the field that holds them."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield path
        for nested, many in _models(field.annotation):
            yield from paths(nested, f"{path}[]." if many else f"{path}.")


def _models(annotation: object) -> Iterator[tuple[type[pydantic.BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation, False
    many = typing.get_origin(annotation) is tuple
    for argument in typing.get_args(annotation):
        for found, inner in _models(argument):
            yield found, many or inner
