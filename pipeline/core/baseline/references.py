"""What a file pulls from elsewhere, and whether the bytes that come are fixed.

A reference is pinned if it names its content: an image by `@sha256:` (OCI distribution spec), an
action by the full id of its commit. A tag, a branch, a short id, no tag at all, and whatever a
variable decides may name something else tomorrow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.core.baseline.model import InputKind

_IMAGE = re.compile(r"[^@\s${}]+@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})")
_COMMIT = re.compile(r"[^@\s${}]+@([0-9a-f]{40}|[0-9a-f]{64})")
_SCHEME = re.compile(r"(docker|docker-image|oci-layout)://")
DOCKER = "docker://"
"""How a workflow says that an action is an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One thing that a file pulls: where it says so, how it is named, whether that fixes it."""

    place: str
    """`line 3` or the path in the document, such as `services.db.image`."""
    text: str
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A container file, relative to the folder of the file that names it, and what it is given."""

    place: str
    file: str
    arguments: tuple[tuple[str, str | None], ...]
    """Name and value; `None` is the value that whoever builds has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What was found in one file."""

    references: tuple[Reference, ...] = ()
    follows: tuple[tuple[str, InputKind], ...] = ()
    """Files that it names under whatever name, relative to its own folder, and what they are."""
    here: tuple[Reference, ...] = ()
    """Actions and workflows that it takes from the commit, from the root; pinned if they are."""
    built: tuple[Built, ...] = ()
    """Container files that it names, with the arguments that it gives them."""
    problem: str = ""
    """Why it cannot be said what it pulls; empty if it can."""


def image(place: str, text: str) -> Reference:
    """Return the reference to a container image."""
    match = _SCHEME.match(text)
    name = text[match.end() :] if match else text
    return Reference(place=place, text=text, pinned=_IMAGE.fullmatch(name) is not None)


def action(place: str, text: str) -> Reference | None:
    """Return what `uses:` pulls; `None` for what the commit itself must have."""
    if text.startswith(DOCKER):
        return image(place, text)
    parts = text.split("/")
    if text.startswith("./") and ".." not in parts and "@" not in text and "${" not in text:
        return None
    return Reference(place=place, text=text, pinned=_COMMIT.fullmatch(text) is not None)
