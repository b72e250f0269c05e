"""The source that a release is made from: the files of its commit, written into a folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import MalformedError
from pipeline.core.lockfile import Edge, Lock, roots
from pipeline.edges import git, git_export, uv
from pipeline.errors import StepFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.operations.step_io import Step

SNAPSHOT = "dependencies.txt"
"""The artifact that lists what a release needs at run time, with hashes."""
SBOM_FILE = "sbom.cdx.json"
"""The artifact that holds the bill of materials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An exported commit: its folder, metadata, lock file (None if the project has none)."""

    folder: Path
    commit: str
    time: int
    pyproject: dict[str, Any]
    lock_bytes: bytes | None
    lock: Lock | None
    extra: str | None

    @property
    def name(self) -> str | None:
        """The project's name as `pyproject.toml` has it, None where a build backend decides."""
        name = self.pyproject.get("project", {}).get("name")
        return name if isinstance(name, str) else None

    @property
    def selection(self) -> tuple[str, ...]:
        """How uv is told what the release needs at run time."""
        return ("--extra", self.extra) if self.extra else ()

    def roots(self) -> tuple[Edge, ...]:
        """Return what the lock says that the project needs at run time, its service included."""
        if self.lock is None or self.name is None:
            return ()
        return roots(self.lock.find(self.name), [self.extra] if self.extra else [])

    def has_group(self, group: str) -> bool:
        """Tell whether the lock pins a dependency group of the project."""
        if self.lock is None or self.name is None:
            return False
        return group in self.lock.find(self.name).groups


def export(step: Step, folder: Path, *, shift: int = 0, umask: int = 0o022) -> Source:
    """Write the release's commit into `folder`, all times `shift` seconds off the commit's."""
    commit = step.context.baseline_commit
    time = git.commit_time(step.repository, commit)
    git_export.export(step.repository, commit, folder, mtime=time + shift, umask=umask)
    lock_file = folder / "uv.lock"
    lock_bytes = lock_file.read_bytes() if lock_file.is_file() else None
    try:
        pyproject = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        lock = None if lock_bytes is None else Lock.parse(lock_bytes)
    except (OSError, ValueError, MalformedError) as error:
        raise StepFailedError(
            f"the commit's project files cannot be read: {error}",
            where=f"pyproject.toml and uv.lock at {commit}",
            todo="mend the file, commit, and promote the new version",
        ) from error
    service = step.target.get("service") or {}
    source = Source(
        folder=folder,
        commit=commit,
        time=time,
        pyproject=pyproject,
        lock_bytes=lock_bytes,
        lock=lock,
        extra=service.get("extra"),
    )
    _check_extra(source)
    return source


def _check_extra(source: Source) -> None:
    known = source.pyproject.get("project", {}).get("optional-dependencies", {})
    if source.extra is not None and source.extra not in known:
        raise StepFailedError(
            f"the target's service needs the extra {source.extra!r}, which the project has not",
            where="service.extra of the target; project.optional-dependencies of pyproject.toml",
            todo=f"name one of: {', '.join(sorted(known)) or 'none is declared'}",
        )


def snapshot(source: Source) -> str | None:
    """Return the locked run-time dependencies with hashes, None for a project without a lock.

    A requirement without a hash (a path, a git revision) is refused: it pins nothing.
    """
    if source.lock is None:
        return None
    text = uv.export_lock(source.folder, *source.selection)
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#") and "--hash=sha256:" not in entry:
            raise StepFailedError(
                f"a dependency is pinned by no hash: {entry.split(';')[0].strip()[:120]}",
                where=f"uv.lock at {source.commit}",
                todo="depend on released files of an index instead",
            )
    return text
