"""Projects with so many adopted releases: signed, on disk, and committed one after the other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests import adopting
from tests.climbing import project

BUNDLE = 40
"""Files of each release's two bundles that are in the commits alone: nothing reads them here."""
_WHO = b"committer Tea <tea@example.invalid> %d +0000\n"
_BEGUN = 1_800_000_000
"""When the first release was adopted: after the project's own first commit."""


def make(folder: Path, releases: int) -> Path:
    """Make the tea project, adopt so many releases, each in a commit with a tag, and climb half."""
    root = project.make(folder)
    adopting.adopt(root, releases)
    branch = project.git(root, "rev-parse", "HEAD")
    with subprocess.Popen(
        ["git", "-C", str(root), "fast-import", "--quiet"], stdin=subprocess.PIPE
    ) as importing:
        assert importing.stdin is not None
        for part in _stream(root, releases, branch):
            importing.stdin.write(part)
        importing.stdin.close()
    if importing.returncode:
        msg = "git fast-import failed"
        raise RuntimeError(msg)
    project.git(root, "pack-refs", "--all")
    project.git(root, "read-tree", "HEAD")
    project.climb(root, "heat")
    return root


def _stream(root: Path, releases: int, parent: str) -> Iterator[bytes]:
    """Yield what `git fast-import` reads: a blob for all, a commit for each, the ledger's at last.

    The ledger comes once, in the last commit: what it was at every release, git does not ask.
    """
    yield b"blob\nmark :1\ndata 5\nseal\n\n"
    for number in range(releases):
        name = adopting.identity(number).artifact_set_id
        yield _commit(number, parent.encode() if number == 0 else b"")
        yield from _files(root / "releases" / name, root)
        for extra in range(BUNDLE):
            path = f"releases/{name}/post-deploy/stage_{extra // 8}/{extra:02d}.json"
            yield b"M 100644 :1 %s\n" % path.encode()
        yield b"reset refs/tags/v0.%d.0\nfrom :%d\n\n" % (number, number + 2)
    yield _commit(releases, b"")
    yield _file(root / "releases" / "ledger.json", root)


def _commit(number: int, parent: bytes) -> bytes:
    head = b"commit refs/heads/main\nmark :%d\n" % (number + 2)
    said = b"Adopt %d" % number
    whole = head + _WHO % (_BEGUN + number) + b"data %d\n%s\n" % (len(said), said)
    return whole + (b"from %s\n" % parent if parent else b"")


def _files(folder: Path, root: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield _file(path, root)


def _file(path: Path, root: Path) -> bytes:
    name, data = str(path.relative_to(root)).encode(), path.read_bytes()
    return b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data)
