"""What the service is told from outside: two files, and the address under which it is reached."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

DISTRIBUTION = "release-ladder"
"""The name under which the package is installed."""
POSTURE_VARIABLE = "RELEASE_LADDER_POSTURE"
"""Environment variable that names the posture document."""
SECRET_VARIABLE = "RELEASE_LADDER_OPERATOR_SECRET_FILE"
"""Environment variable that names the file with the operator's secret."""


def version() -> str:
    """Give the installed version; a checkout that is not installed has none."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "0+uninstalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's whole configuration; None means that nobody named the file.

    `base_url` is the origin that links are written with. It comes from the command line and never
    from a request, so a forged Host header changes no answer.
    """

    base_url: str
    posture: Path | None = None
    operator_secret: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, base_url: str) -> Self:
        """Read the two variables; an empty one counts as not set."""
        posture = environ.get(POSTURE_VARIABLE)
        secret = environ.get(SECRET_VARIABLE)
        return cls(
            base_url=base_url,
            posture=Path(posture) if posture else None,
            operator_secret=Path(secret) if secret else None,
        )

    @property
    def encrypted(self) -> bool:
        """Whether people reach the service over TLS, so that cookies can insist on it."""
        return urlsplit(self.base_url).scheme == "https"
