"""The base of every model that crosses a boundary: frozen, strict, nothing unknown."""

from __future__ import annotations

from typing import Any, Self

import pydantic
import pydantic_core

from pipeline.core.canonical import Digest, MalformedError, digest_of


class Model(pydantic.BaseModel):
    """A frozen value that refuses unknown fields and never coerces types."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: aliases as field names, enums as their values."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the JSON form; `MalformedError` names the field and what is wrong."""
        try:
            data = pydantic_core.to_json(value)
        except ValueError as error:
            msg = f"{cls.__name__}: has no JSON form: {error}"
            raise MalformedError(msg) from error
        try:
            return cls.model_validate_json(data)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = ".".join(str(part) for part in first["loc"])
            msg = f"{cls.__name__}: {path or 'the document'}: {first['msg']}"
            raise MalformedError(msg) from error


class Digested(Model):
    """A model that is named by the digest of its canonical JSON form."""

    @property
    def digest(self) -> Digest:
        """The digest of the canonical JSON form."""
        return digest_of(self.to_dict())
