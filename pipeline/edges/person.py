"""Who is at the keyboard, as git's own configuration says. A claim, not a proof: keys prove."""

from __future__ import annotations

import getpass
import re
import socket
import subprocess
from typing import TYPE_CHECKING

from pipeline.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from pathlib import Path


def person(root: Path) -> str:
    """Return `Name <email>` of the person whom git would name as a commit's author."""
    done = subprocess.run(
        ["git", "-C", str(root), "var", "GIT_AUTHOR_IDENT"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    found = re.match(r"(.+ <[^>]+>) \d+ [+-]\d{4}$", done.stdout.strip())
    if done.returncode or found is None:
        raise EnvironmentFailedError(
            "git does not know who you are, so nobody could be named",
            where="git config user.name, user.email",
            todo='git config user.name "NAME"; git config user.email EMAIL',
        )
    return found[1]


def somebody(root: Path) -> str:
    """Return whom git names, else the user of this machine: for what must never wait for a name."""
    try:
        return person(root)
    except EnvironmentFailedError:
        return f"{getpass.getuser()} <{getpass.getuser()}@{socket.gethostname()}>"
