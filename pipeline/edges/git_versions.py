"""The version of a commit, and the commit of a version, by the release tags that git has.

There is a tag for each release that ever was: neither question reads the history behind a tag.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from pipeline.core.version import derived_version, tag_version
from pipeline.edges import git
from pipeline.errors import ConflictError, EnvironmentFailedError, HeldError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from packaging.version import Version

TAG_PATTERN = "v[0-9]*"
"""Tags that name releases; `golden-v1.0` does not."""
_NO_DIGIT = re.compile(r"[^1-9]+")
"""PEP 440 makes one spelling of many and touches no digit but zeros: others are not parsed."""


def _tags(root: Path) -> dict[str, str]:
    """Return all tags: name → what it points to, peeled; a commit, as a rule.

    No object is opened for it where git has packed the tags: there is one for each release.
    """
    tags = {}
    # --head: without any line git calls it a failure
    for line in git.text(root, "show-ref", "--head", "--tags", "--dereference").splitlines():
        object_id, _, ref = line.partition(" ")
        if ref.startswith("refs/tags/"):
            tags[ref[10:].removesuffix("^{}")] = object_id  # that of `^{}` comes last
    return tags


def version_at(root: Path, commit: str, pattern: str = TAG_PATTERN) -> str:
    """Return the version of a commit: its release tag's, else derived from the nearest one.

    Of several release tags at one commit the highest version counts. A shallow clone is refused
    (`HeldError`): tags and distances behind its edge would be unknown.
    """
    if git.text(root, "rev-parse", "--is-shallow-repository") != "false":
        raise HeldError(
            "the clone is shallow, so the version cannot be derived from its tags",
            where=str(root),
            todo="run `git fetch --unshallow --tags`",
        )
    names: dict[str, list[str]] = {}
    for name, tagged in _tags(root).items():
        names.setdefault(tagged, []).append(name)

    def versions(tagged: str) -> list[Version]:  # there are many tags, and few are asked for
        found = (tag_version(name, pattern) for name in names.get(tagged, ()))
        return [version for version in found if version is not None]

    nearest = _nearest(root, commit, versions) if names else []
    if not nearest:
        return derived_version(None, int(git.text(root, "rev-list", "--count", commit)), commit)
    # Nearest = fewest commits between; git-describe would count one tag's candidates only.
    distances = {
        tagged: int(git.text(root, "rev-list", "--count", f"{tagged}..{commit}"))
        for tagged in nearest
    }
    distance = min(distances.values())
    at = [tagged for tagged in nearest if distances[tagged] == distance]
    return derived_version(max(v for tagged in at for v in versions(tagged)), distance, commit)


def _nearest(root: Path, commit: str, tagged: Callable[[str], object]) -> list[str]:
    """Return the tagged commits nearest to a commit on each way back, none behind another.

    Only the commits between are read: the history behind them grows with every release.
    """
    listing = git.command(root.resolve(), ("rev-list", "--parents", commit))
    waiting, done, found = {commit}, set[str](), set[str]()
    passed: dict[str, list[str]] = {}  # also what came before a child of its own: clocks differ
    with subprocess.Popen(
        listing,
        env=git.environment(root.resolve()),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        for line in process.stdout or ():
            head, *passed[head] = line.decode().split()
            pending = [head] if head in waiting else []
            for here in pending:  # grows meanwhile
                waiting.discard(here)
                done.add(here)
                if tagged(here):
                    found.add(here)
                    continue
                further = {*passed[here]} - done
                waiting |= further - passed.keys()
                pending += further & passed.keys()
            if not waiting:
                break
        process.terminate()
    if waiting:
        raise EnvironmentFailedError(
            "git does not have the whole history", where=str(root), todo="run `git fsck` there"
        )
    if len(found) < 2:  # noqa: PLR2004 - nothing to compare it with
        return list(found)
    return git.text(root, "merge-base", "--independent", *sorted(found)).split()


def tag_commit(root: Path, version: str, pattern: str = TAG_PATTERN) -> str | None:
    """Return the commit that the release tag of a version points to, None without such a tag.

    Two tags that name one version and point to different commits are a `ConflictError`.
    """
    digits = _NO_DIGIT.sub("", version)
    found = {
        tagged: name
        for name, tagged in _tags(root).items()
        if _NO_DIGIT.sub("", name).endswith(digits)
        and str(tag_version(name, pattern)) == version
        and git.commit_exists(root, tagged)
    }
    if len(found) > 1:
        raise ConflictError(
            f"the tags {' and '.join(sorted(found.values()))} name one version, two commits",
            where=str(root),
            todo=f"decide which of them is {version} and delete the other",
        )
    return next(iter(found), None)
