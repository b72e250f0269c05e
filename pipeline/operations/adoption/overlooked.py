"""What git would overlook of an adopted release: a file that is ignored is not checked in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges import git
from pipeline.errors import LadderError

if TYPE_CHECKING:
    from pathlib import Path


def overlooked(root: Path, folder: str) -> tuple[str, ...]:
    """Return the files below a folder that git's rules ignore; none where git cannot be asked.

    `git add` would leave them out without a word, and a clone's verification miss them.
    """
    rules = ("--others", "--ignored", "--exclude-standard", "-z")
    try:
        said = git.ask(root, "ls-files", *rules, "--", folder)
    except LadderError:  # the release is adopted; this is advice
        return ()
    return tuple(sorted(name.decode("utf-8", "replace") for name in said.split(b"\0") if name))
