"""Writes the files of a commit into an empty folder, from its blobs.

Not `git archive`, which obeys export-ignore and export-subst: what is built is what was committed.

The rules, numbered as the code cites them:
1. every blob's bytes are hashed again and must give its object id;
2. a file keeps its mode (plain or executable), under the umask of the caller;
3. a symbolic link is written only if it is relative and ends inside the export;
4. a submodule is refused: its content is not in the commit;
5. adopted releases (`core.adopted_paths`) are not written: nothing is built from them, and there
   may be more of them than of all else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.edges import git, git_tree
from pipeline.edges.files import disk_errors
from pipeline.errors import EnvironmentFailedError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHA1_HEX = 40


def export(
    root: Path, commit: str, folder: Path, *, under: str = "", mtime: int, umask: int = 0o022
) -> int:
    """Write the commit's files (those below `under`) into `folder`; return how many there are.

    `mtime` is given to every file and folder. Whatever breaks a rule is an `UntrustedError`.
    """
    blobs = listed(root, commit, under)
    _refuse(blobs, root, commit)
    folder.mkdir(parents=True, mode=0o777 & ~umask)
    for parent in sorted({str(Path(blob.path).parent) for blob in blobs}):
        _folders(folder, parent, 0o777 & ~umask)
    links: list[Path] = []
    for blob, data in contents(root, blobs):
        path = folder / blob.path
        if blob.mode == "120000":
            path.symlink_to(os.fsdecode(data))
            links.append(path)
        else:
            path.write_bytes(data)
            path.chmod((0o777 if blob.mode == "100755" else 0o666) & ~umask)  # rule 2
    for link in links:
        _check_link(link, folder, root)
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (mtime, mtime), follow_symlinks=False)
    return len(blobs)


def listed(root: Path, commit: str, under: str = "") -> tuple[git.Blob, ...]:
    """Return the commit's files, without adopted releases (rule 5)."""
    with disk_errors("the folder for temporary files"), tempfile.TemporaryDirectory() as objects:
        tree = git_tree.without_adopted(root, commit, Path(objects)).tree
        extra = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        return git.list_blobs(root, tree, under, extra=extra)


def _folders(folder: Path, relative: str, mode: int) -> None:
    path = folder
    for part in Path(relative).parts:
        path /= part
        if not path.exists():
            path.mkdir()
            path.chmod(mode)


def _refuse(blobs: Sequence[git.Blob], root: Path, commit: str) -> None:
    for blob in blobs:
        if blob.mode == "160000":  # rule 4
            raise UntrustedError(
                f"{blob.path} is a submodule; its content is not part of the commit",
                where=f"{root} at {commit}",
                todo="vendor the files or depend on a released package instead",
            )
        if blob.mode not in {"100644", "100755", "120000", "100664"}:
            raise UntrustedError(
                f"{blob.path} has the unknown git mode {blob.mode}",
                where=f"{root} at {commit}",
                todo="commit it anew as a plain file",
            )
    seen: dict[str, str] = {}
    for blob in blobs:
        path = blob.path.casefold()
        parents = {str(parent) for parent in Path(path).parents}
        clash = seen.get(path) or next((seen[name] for name in parents if name in seen), None)
        if clash is not None:
            raise UntrustedError(
                f"{clash} and {blob.path} cannot stand beside each other on every file system",
                where=f"{root} at {commit}",
                todo="rename one of them",
            )
        seen[path] = blob.path


def contents(root: Path, blobs: Sequence[git.Blob]) -> Iterator[tuple[git.Blob, bytes]]:
    """Yield every blob's bytes, from one `git cat-file --batch`, each hashed again (rule 1)."""
    ids = "".join(f"{blob.object_id}\n" for blob in blobs).encode()
    with subprocess.Popen(
        git.command(root.resolve(), ["cat-file", "--batch"]),
        env=git.environment(root.resolve()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        if process.stdin is None or process.stdout is None:  # pragma: no cover - PIPEs
            what, todo = "git gave nothing to read from", "call the same command again"
            raise EnvironmentFailedError(what, where=str(root), todo=todo)
        # git answers while it still reads: who asks and who reads must be two
        asking = threading.Thread(target=_ask, args=(process.stdin, ids), daemon=True)
        asking.start()
        for blob in blobs:
            yield blob, _one(process.stdout, blob, root)
        asking.join()


def _ask(stream: IO[bytes], ids: bytes) -> None:
    """Write all ids and end the input; a git that went away is told by what cannot be read."""
    with contextlib.suppress(BrokenPipeError):
        stream.write(ids)
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def _one(stream: IO[bytes], blob: git.Blob, root: Path) -> bytes:
    header = stream.readline().split()
    if len(header) != 3 or header[1] != b"blob":  # noqa: PLR2004 - id, kind, size
        raise EnvironmentFailedError(
            f"git has no content for {blob.path}",
            where=f"{root}, object {blob.object_id}",
            todo="fetch the missing objects: `git fsck`, then `git fetch`",
        )
    data = stream.read(int(header[2]))
    stream.read(1)
    algorithm = "sha1" if len(blob.object_id) == _SHA1_HEX else "sha256"
    hashed = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    hashed.update(data)
    if hashed.hexdigest() != blob.object_id:
        raise UntrustedError(
            f"the content of {blob.path} does not hash to its object id",
            where=f"{root}, object {blob.object_id}",
            todo="the object store is damaged or was changed: run `git fsck` and clone anew",
        )
    return data


def _check_link(link: Path, folder: Path, root: Path) -> None:
    """Refuse a link that leaves the export, also by way of other links (rule 3)."""
    try:
        inside = link.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        inside = False
    if not inside or link.readlink().is_absolute():
        raise UntrustedError(
            f"{link.relative_to(folder)} is a symbolic link that leaves the tree",
            where=str(root),
            todo="link to a file of the repository, or commit the file itself",
        )
