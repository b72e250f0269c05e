"""What differs from HEAD in the configuration that an adoption is judged by.

Who may adopt, and under which policy, is said by the commit and by nothing that only lies here.
What differs elsewhere makes no difference: `releases/` does after every adoption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges.checkout import is_clean
from pipeline.edges.configuration import FOLDER
from pipeline.errors import HeldError

if TYPE_CHECKING:
    from pathlib import Path


def uncommitted(root: Path) -> tuple[str, ...]:
    """Return what holds an adoption for that reason, in words; nothing where nothing differs."""
    names = [name for name in is_clean(root) if name.split(" ")[0].split("/")[0] == FOLDER]
    return (f"configuration is not as HEAD has it: {', '.join(names)}",) if names else ()


def refuse_uncommitted(root: Path) -> None:
    """Raise `HeldError` when configuration differs from HEAD."""
    for words in uncommitted(root):
        raise HeldError(
            words,
            where=f"{FOLDER}/",
            todo=f"commit it or take it back: git status {FOLDER}; then call this again",
        )
