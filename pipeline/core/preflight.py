"""The environment contract of a target, looked at before anything runs: names, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, digest_of
from pipeline.core.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.config import EnvironmentVariable


def contract_digest(contract: Iterable[EnvironmentVariable]) -> Digest:
    """Return the digest of an environment contract, as the target's configuration declares it."""
    return digest_of([variable.to_dict() for variable in contract])


class Preflight(Model):
    """Which variables of a contract are there. What is missing follows from the contract."""

    contract: str
    """Digest of the contract that was looked at (`sha256:HEX`)."""
    provided: tuple[str, ...]
    """Names that the target provides by itself."""
    present: tuple[str, ...]
    """Names that this process's environment has, with a value that is not empty."""

    def missing(self, contract: Iterable[EnvironmentVariable], *, required: bool) -> list[str]:
        """Return the required (or the optional) variables of a contract that are not there."""
        there = {*self.provided, *self.present}
        return [v.name for v in contract if v.required is required and v.name not in there]
