"""Which release a command is about: version, commit, and so the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError, load_canonical
from pipeline.core.release import Identity, RunContext
from pipeline.edges import git, git_versions
from pipeline.errors import ConflictError, UntrustedError, WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.ladder import Ladder
    from pipeline.operations.workspace import Workspace


def identify(workspace: Workspace, ladder: Ladder, release: str | None) -> Identity:
    """Return the identity of a release on a ladder.

    Without `release` it is the version at HEAD. A release keeps the commit of its claim; a tag of
    its version that points elsewhere is a conflict (14).
    """
    pattern = workspace.configuration.project.version.tag_pattern
    head = git.head_commit(workspace.root)
    version = release or git_versions.version_at(workspace.root, head, pattern)
    tagged = git_versions.tag_commit(workspace.root, version, pattern)
    known = known_commit(workspace, ladder, version)
    if known is not None and tagged is not None and tagged != known:
        raise ConflictError(
            f"the tag of {version} points to {tagged[:12]}, but it was begun at {known[:12]}",
            where=f"git tag of {version}",
            todo="put the tag back where it was, or release a new version",
        )
    commit = known or tagged
    if (
        commit is None
        and release is not None
        and version != git_versions.version_at(workspace.root, head, pattern)
    ):
        raise WrongUsageError(
            f"there is no release {version!r}: nothing was begun under it and no tag names it",
            where=f"ladder {ladder.ladder}",
            todo="leave --release out to release the version at HEAD, or tag the commit",
        )
    try:
        return Identity(
            target=ladder.target,
            channel=ladder.channel,
            gate=ladder.gate,
            version=version,
            commit=commit or head,
        )
    except MalformedError as error:
        raise WrongUsageError(
            str(error), where="--release", todo="give a version such as 1.2.0"
        ) from error


def known_commit(workspace: Workspace, ladder: Ladder, version: str) -> str | None:
    """Return the commit that a version was begun at, on this ladder's channel and gate."""
    name = f"claims/{ladder.channel}/{ladder.gate}/{version}"
    claim = workspace.store.read(name)
    if claim is not None:
        try:
            return _claimed(workspace, ladder, version, load_canonical(claim))
        except (MalformedError, KeyError, TypeError) as error:
            raise UntrustedError(
                f"the claim of {version} cannot be read: {error}",
                where=f"store: {name}",
                todo="the store was changed from outside; restore it from a copy you trust",
            ) from error
    for context in contexts(workspace):
        mine = (context.target, context.channel, context.gate, context.version)
        if mine == (ladder.target, ladder.channel, ladder.gate, version):
            return context.baseline_commit
    return None


def _claimed(workspace: Workspace, ladder: Ladder, version: str, claim: dict[str, str]) -> str:
    """Return the commit of a claim whose run id follows from it, for this target or another."""
    channel, gate, commit = ladder.channel, ladder.gate, claim["commit"]
    for target in (ladder.target, *workspace.configuration.targets):
        identity = Identity(
            target=target, channel=channel, gate=gate, version=version, commit=commit
        )
        if str(identity.run_id) == claim["run"]:
            return commit
    msg = "its run id follows from its commit for no target"
    raise MalformedError(msg)


def contexts(workspace: Workspace) -> Iterator[RunContext]:
    """Yield the context of every run in the store."""
    for name in workspace.store.names("runs/"):
        data = workspace.store.read(name)
        if data is not None:
            yield read_context(data, name)


def read_context(data: bytes, name: str) -> RunContext:
    """Read a run's context from the store; what is not one is not to be trusted (11)."""
    try:
        context = RunContext.from_dict(load_canonical(data))
    except MalformedError as error:
        raise UntrustedError(
            f"the run's context cannot be believed: {error}",
            where=f"store: {name}",
            todo="the store was changed from outside; restore it from a copy you trust",
        ) from error
    if name != f"runs/{context.run}":
        raise UntrustedError(
            "a run's context lies under another run's name",
            where=f"store: {name}",
            todo="the store was changed from outside; restore it from a copy you trust",
        )
    return context
