"""Which stores a checkout has used, so that one commit cannot leave holds and claims behind.

Holds and claims are names in the store. A configuration that names another store, which has none of
them, would free a held target and a claimed version. So the checkout remembers its stores in its
local state, one a line; the default store is looked at whether remembered or not. Whoever can write
here can delete that file, and the store as well: an anchor outside would be needed to find that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError, check_path
from pipeline.core.project import Project
from pipeline.edges import git
from pipeline.edges.files import keep_out_of_git, make_folder
from pipeline.edges.lines import append_line, read_lines
from pipeline.edges.store import open_store
from pipeline.errors import ConflictError, InvalidConfigurationError, UntrustedError, counted

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.edges.store import Store

FILE = "stores.txt"
"""The stores of this checkout, below its local state: `file:PLACE`, one a line."""
BOUND = ("holds/", "claims/")
"""The names that another store must have too."""
_PLACE = "config/pipeline.yaml"
_DEFAULT: str = Project.model_fields["store"].default
_SCHEME = "file:"


def settle_store(root: Path, state: Path, spec: str, store: Store) -> None:
    """Refuse a store that is no place for one, or lacks names of an earlier one; remember it.

    `InvalidConfigurationError` when files of the project lie in it, `ConflictError` when the store
    was moved without its holds and claims, `UntrustedError` when what is remembered is no list.
    """
    _refuse_tracked(root, spec)
    known = _known(state)
    for other in sorted({_DEFAULT, *known} - {spec}):
        _refuse_left_behind(root, other, spec, store)
    if spec not in known:
        make_folder(state)
        keep_out_of_git(state)
        append_line(state / FILE, spec)


def _refuse_tracked(root: Path, spec: str) -> None:
    place = spec.removeprefix(_SCHEME)
    found = git.ask(root, "ls-files", "-z", "--cached", "--", place).split(b"\0")[0]
    if found:
        name = found.decode("utf-8", "replace")
        words = f"{spec!r} holds files of the project ({name}); allowed: a folder without any"
        raise InvalidConfigurationError([f"{_PLACE}: store: {words}"], where=_PLACE)


def _known(state: Path) -> tuple[str, ...]:
    path = state / FILE
    try:
        lines = read_lines(path)
        for line in lines:
            check_path(line.removeprefix(_SCHEME) if line.startswith(_SCHEME) else "")
    except (MalformedError, UnicodeDecodeError) as error:
        raise UntrustedError(
            "the list of this checkout's stores cannot be read",
            where=str(path),
            todo="find out who changed it; write a line `file:PLACE` for each store used here",
        ) from error
    return tuple(lines)


def _refuse_left_behind(root: Path, other: str, spec: str, store: Store) -> None:
    old = open_store(other, root)
    names = [name for prefix in BOUND for name in old.names(prefix)]
    left = [name for name in names if store.read(name) != old.read(name)]
    if left:
        here, there = other.removeprefix(_SCHEME), spec.removeprefix(_SCHEME)
        raise ConflictError(
            f"the store is now {spec}, which lacks {counted(len(left), 'name')} of {other}: "
            f"{left[0]}",
            where=f"{_PLACE}: store",
            todo=f"move the folder: mv {here} {there}; if {there} is there, name {other} again",
        )
