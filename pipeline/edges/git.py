"""Git, asked with argument lists and nothing of the user's or the machine's configuration.

What is read is what the commit names: no replace refs, no grafts, no hooks, no file-system monitor,
no lazy fetches.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError, check_path
from pipeline.edges.git_index import index_tree
from pipeline.errors import EnvironmentFailedError, HeldError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Iterable

TIMEOUT = 120
"""Seconds that one call of git may take."""
_SETTINGS = {
    "safe.directory": "*",  # the checkout may belong to another user (containers); we only read
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.ignoreStat": "false",
    "core.trustctime": "true",
    "core.checkStat": "default",
    "core.fileMode": "true",
    "core.excludesFile": os.devnull,
    "core.sparseCheckout": "false",
    "core.ignoreCase": "false",
    "core.splitIndex": "false",
    "core.quotePath": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file of a commit: path (POSIX, relative), git's mode (`100644`, `120000` …), object id."""

    path: str
    mode: str
    object_id: str


def environment(root: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the whole environment that git gets: nothing that could change what it reads."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_DIR": str(root / ".git"),
        "GIT_WORK_TREE": str(root),  # not what core.worktree says
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        **(extra or {}),
    }


def command(root: Path, arguments: Iterable[str]) -> list[str]:
    """Return the argument list of a git call with every setting that matters fixed."""
    git = shutil.which("git")
    if git is None:
        raise EnvironmentFailedError(
            "git is not installed", where="PATH", todo="install git 2.31 or newer"
        )
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return [git, "-C", str(root), "--literal-pathspecs", *settings, *arguments]


def ask(root: Path, *arguments: str, extra: dict[str, str] | None = None, given: str = "") -> bytes:
    """Return what git wrote to stdout, `given` to stdin; a failure is an error in git's words."""
    root = root.resolve()
    try:
        done = subprocess.run(
            command(root, arguments),
            env=environment(root, extra),
            input=given.encode(),
            capture_output=True,
            timeout=TIMEOUT,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EnvironmentFailedError(
            f"git {arguments[0]} failed: {said[-1] if said else f'exit {error.returncode}'}",
            where=str(root),
            todo=f"run `git {arguments[0]}` there by hand and mend what it names",
        ) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise EnvironmentFailedError(
            f"git {arguments[0]} did not end: {error}",
            where=str(root),
            todo="see that the disk and git work, then try again",
        ) from error
    return done.stdout


def text(root: Path, *arguments: str) -> str:
    """Return what `ask` does, as text without white space around it."""
    return ask(root, *arguments).decode("utf-8", "replace").strip()


def head_commit(root: Path) -> str:
    """Return the full id of the commit at HEAD; `HeldError` for a branch without any commit."""
    try:
        return text(root, "rev-parse", "--verify", "--end-of-options", "HEAD^{commit}")
    except EnvironmentFailedError as error:
        branch = _branch(root)
        if not branch or text(root, "for-each-ref", branch):
            raise
        raise HeldError(
            "there is no commit yet", where=str(root), todo="commit first: what is released is one"
        ) from error


def _branch(root: Path) -> str:
    """Return the ref that HEAD points to, nothing for a HEAD that names a commit or is none."""
    try:
        return text(root, "symbolic-ref", "--quiet", "HEAD")
    except EnvironmentFailedError:
        return ""


def commit_exists(root: Path, commit: str) -> bool:
    """Tell whether the repository holds the commit."""
    try:
        ask(root, "cat-file", "-e", f"{commit}^{{commit}}")
    except EnvironmentFailedError:
        return False
    return True


def file_and_object(root: Path, file: str, name: str) -> tuple[Path, str]:
    """Return where a file of the repository is (`objects`, `index`), and an object's full id."""
    asked = ("--path-format=absolute", "--git-path", file, name)
    place, object_id = ask(root, "rev-parse", *asked).removesuffix(b"\n").rsplit(b"\n", 1)
    return Path(os.fsdecode(place)), object_id.decode()


def staged(root: Path, commit: str) -> set[str]:
    """Return the paths that the index has otherwise than a commit."""
    index, tree = file_and_object(root, "index", f"{commit}^{{tree}}")
    if index_tree(index, len(tree) // 2) == tree:
        return set()
    arguments = ("diff-index", "--cached", "--name-only", "--no-renames", "-z", commit)
    return {name.decode("utf-8", "replace") for name in ask(root, *arguments).split(b"\0") if name}


def commit_time(root: Path, commit: str) -> int:
    """Return the committer time of a commit, seconds since 1970."""
    header = ask(root, "cat-file", "commit", commit).split(b"\n\n", 1)[0]
    match = re.search(rb"^committer .*> (\d+) [+-]\d{4}$", header, re.MULTILINE)
    if match is None:
        raise UntrustedError(
            f"the commit {commit} carries no committer time",
            where=str(root),
            todo="make the commit anew with a usual git",
        )
    return int(match[1])


def list_blobs(
    root: Path, commit: str, under: str = "", extra: dict[str, str] | None = None
) -> tuple[Blob, ...]:
    """Return all files of a commit or tree, sorted by path; `under` keeps those below one folder.

    Names that are not UTF-8 or not portable are refused (`UntrustedError`).
    """
    prefix = f"{under}/" if under else ""
    listing = ("ls-tree", "-rz", "--full-tree", commit, "--", *([prefix] if prefix else ()))
    blobs = []
    for entry in ask(root, *listing, extra=extra).split(b"\0")[:-1]:
        head, _, raw = entry.partition(b"\t")
        mode, _, object_id = head.decode().split()
        try:
            path = check_path(raw.decode())
        except (UnicodeDecodeError, MalformedError) as error:
            raise UntrustedError(
                f"the commit holds a file whose name is not portable: {raw!r}",
                where=f"{root} at {commit}",
                todo="rename the file in git",
            ) from error
        if path.startswith(prefix):
            blobs.append(Blob(path=path, mode=mode, object_id=object_id))
    return tuple(sorted(blobs, key=lambda blob: blob.path))


def read_blob(root: Path, commit: str, path: str) -> bytes | None:
    """Return the bytes of a file as the commit has them, None if the commit has no such file."""
    for blob in list_blobs(root, commit, path.rpartition("/")[0]):
        if blob.path == path and blob.mode.startswith("100"):
            return ask(root, "cat-file", "blob", blob.object_id)
    return None
