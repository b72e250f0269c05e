"""The variables that a service is started with: the target's environment contract, kept."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.core.config import EnvironmentVariable
from pipeline.edges.files import write_atomically
from pipeline.errors import HeldError

POSTURE_VARIABLE = "RELEASE_LADDER_POSTURE"
"""Names the posture document that the service shows."""
SECRET_VARIABLE = "RELEASE_LADDER_OPERATOR_SECRET_FILE"
"""Names the file with the operator's secret."""
PROVIDED = (POSTURE_VARIABLE, SECRET_VARIABLE)
"""The variables that every target which runs a service provides by itself."""


def provided(posture: Path, secret: Path) -> dict[str, str]:
    """Return the values of `PROVIDED`."""
    return {POSTURE_VARIABLE: str(posture), SECRET_VARIABLE: str(secret)}


def is_set(name: str) -> bool:
    """Tell whether our environment has a variable; an empty one is none."""
    return bool(os.environ.get(name, ""))


def keep_contract(
    contract: Iterable[EnvironmentVariable], given: Mapping[str, str], *, target: str
) -> dict[str, str]:
    """Return the variables a service gets: what the target provides, and what its contract names.

    What the contract names and the target does not provide is taken from our environment. A
    required variable that is not there, or empty, is a `HeldError` that names all of them; values
    are never shown.
    """
    found = dict(given)
    missing = []
    for variable in contract:
        value = found.get(variable.name) or os.environ.get(variable.name, "")
        if value:
            found[variable.name] = value
        elif variable.required:
            missing.append(variable.name)
    if missing:
        raise HeldError(
            f"the environment contract is not kept: {', '.join(missing)} not set",
            where=f"config/targets/{target}.yaml: environment",
            todo="set what is named above in the environment of `invoke promote`",
        )
    return found


def ensure_secret(path: Path) -> None:
    """Make the operator's secret once: random, for this user's eyes alone (0600)."""
    if not path.exists():
        write_atomically(path, secrets.token_hex(32).encode() + b"\n", mode=0o600)
