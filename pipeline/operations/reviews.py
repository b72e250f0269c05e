"""How much of the commit under release the reviews cover, read from git.

With no review at all nothing is compared: the lines are counted, and that is it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, HashManifest
from pipeline.core.reviews.cover import (
    SHOWN,
    Reviewed,
    ReviewReport,
    count,
    is_counted,
    is_under,
    unchanged,
)
from pipeline.edges import git, git_diff, git_export
from pipeline.errors import LadderError
from pipeline.operations import commits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.core.reviews.model import Review, Reviews
    from pipeline.operations.workspace import Workspace

LINK, SUBMODULE, PLAIN = "120000", "160000", "file"


def review_report(workspace: Workspace, commit: str, now: str) -> ReviewReport:
    """Return what the reviews cover of a commit at a time, RFC 3339 in UTC.

    It is looked once per process for each commit, and again when a review's date has come.
    Raises nothing: what went wrong is the report's `problem`, and the gate holds on it.
    """
    reviews = workspace.configuration.reviews
    try:
        late = frozenset(one.id for one in reviews.reviews if one.reviewed_at > now)
        return _report(workspace.root.resolve(), commit, reviews, late)
    except LadderError as error:
        problem = f"{error.what} ({error.where}); {error.todo}"
    except Exception as error:  # noqa: BLE001 - a crash is a finding, whatever crashed
        problem = f"looking crashed: {type(error).__name__}: {error}"
    return ReviewReport(commit=commit, reviews=str(reviews.digest), problem=problem)


@lru_cache(maxsize=8)
def _report(root: Path, commit: str, reviews: Reviews, late: frozenset[str]) -> ReviewReport:
    library = _Library(root)
    now = library.files(commit)
    sizes = {path: count(data) for path, data in library.read(now.values())}
    covered: dict[str, set[int]] = {}
    each: list[Reviewed] = []
    for review in reviews.reviews:
        try:
            then, void = _then(library, review, is_late=review.id in late)
        except LadderError as error:
            then, void = {}, f"{error.what} ({error.where})"
        each.append(
            Reviewed(
                id=review.id, reviewed_at=review.reviewed_at, void=void, findings=review.findings
            )
        )
        if not void:
            for path, lines in _cover(library, review.commit, then, commit, now, sizes):
                covered.setdefault(path, set()).update(lines)
    open_lines = {path: size - len(covered.get(path, ())) for path, size in sizes.items()}
    uncovered = sorted((path, left) for path, left in open_lines.items() if left)
    return ReviewReport(
        commit=commit,
        reviews=str(reviews.digest),
        total=sum(sizes.values()),
        covered=sum(sizes.values()) - sum(open_lines.values()),
        uncovered=tuple(uncovered[:SHOWN]),
        uncovered_files=len(uncovered),
        each=tuple(each),
    )


class _Library:
    """The files of commits; what was hashed once is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.digests: dict[str, Digest] = {}
        self.listed: dict[str, dict[str, git.Blob]] = {}

    def files(self, commit: str) -> dict[str, git.Blob]:
        """Return the files of a commit that count, by path."""
        if commit not in self.listed:
            blobs = commits.files(self.root, commit)
            self.listed[commit] = {blob.path: blob for blob in blobs if is_counted(blob.path)}
        return self.listed[commit]

    def read(self, blobs: Iterable[git.Blob]) -> Iterable[tuple[str, bytes]]:
        """Yield paths and bytes; a submodule is its commit's id, and binary."""
        listed = list(blobs)
        for blob in listed:
            if blob.mode == SUBMODULE:
                yield blob.path, self._kept(blob, b"\0" + blob.object_id.encode())
        plain = [blob for blob in listed if blob.mode != SUBMODULE]
        for blob, data in git_export.contents(self.root, plain):
            yield blob.path, self._kept(blob, data)

    def _kept(self, blob: git.Blob, data: bytes) -> bytes:
        self.digests[blob.object_id] = Digest.of(data)
        return data

    def tree(self, files: Mapping[str, git.Blob]) -> Digest:
        """Return the digest of the manifest of files."""
        for _ in self.read(blob for blob in files.values() if blob.object_id not in self.digests):
            pass
        return HashManifest.of(
            {path: self.digests[blob.object_id] for path, blob in files.items()}
        ).digest


def _then(library: _Library, review: Review, *, is_late: bool) -> tuple[dict[str, git.Blob], str]:
    """Return the files that a review read, and why it counts for nothing (rule 1)."""
    if is_late:
        return {}, f"it is dated {review.reviewed_at}, later than now"
    if not git.commit_exists(library.root, review.commit):
        return {}, (
            f"the commit {review.commit} is not here, so nothing says what was read; "
            "a shallow clone lacks it: `git fetch --unshallow`"
        )
    made = datetime.fromtimestamp(git.commit_time(library.root, review.commit), UTC)
    if review.reviewed_at < made.strftime("%Y-%m-%dT%H:%M:%SZ"):
        return {}, f"it was done before its commit was made ({made:%Y-%m-%dT%H:%M:%SZ})"
    files = {
        path: blob
        for path, blob in library.files(review.commit).items()
        if is_under(path, review.path)
    }
    if not files:
        return {}, f"its commit has no file at {review.path}"
    tree = library.tree(files)
    if str(tree) != review.tree:
        return {}, f"it names the tree {review.tree}, and {review.path} at its commit is {tree}"
    return files, ""


def _cover(
    library: _Library,
    then_at: str,
    then: Mapping[str, git.Blob],
    commit: str,
    now: Mapping[str, git.Blob],
    sizes: Mapping[str, int],
) -> Iterable[tuple[str, set[int]]]:
    """Yield the files that keep some cover of a review, with the lines (rules 2 to 4)."""
    changed = []
    for path, old in then.items():
        new = now.get(path)
        if new is None or _sort(old.mode) != _sort(new.mode):
            continue
        if old.object_id == new.object_id:
            yield path, set(range(sizes[path]))
        elif _sort(old.mode) == PLAIN:
            changed.append(path)
    if not changed:
        return
    hunks = git_diff.hunks(library.root, then_at, commit, changed)
    before = dict(library.read(then[path] for path in changed))
    for path, data in library.read(now[path] for path in changed):
        pair = (then[path].object_id, now[path].object_id)
        yield path, unchanged(before[path], data, hunks.get(pair, ()))


def _sort(mode: str) -> str:
    """Return what git's mode makes of a file; whether it may be run makes no difference."""
    return mode if mode in {LINK, SUBMODULE} else PLAIN
