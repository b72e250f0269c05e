"""The inputs of the commit under release, read from git and compared with `config/baseline.yaml`.

1. What counts is the commit, not the checkout; every blob is hashed again when it is read.
2. A symbolic link stands for the file of the commit that it leads to; one that leads nowhere in it
   cannot be looked into.
3. A file that another input names (a compose file's `build`, `include`, `extends`) is an input
   under whatever name; one that the commit does not hold is pulled from who knows where. So is
   an action or a workflow that a `uses: ./…` names. A container file is read once more with the
   arguments that a compose file gives it, and what these change is pulled by the compose file.
4. Which files a digest was made from is found in the history: at the commits that touched
   `config/baseline.yaml`, newest first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from pipeline.core.baseline import containers, documents
from pipeline.core.baseline.compare import compare, manifest
from pipeline.core.baseline.files import OWN_FILE, is_left_out, kind_of, matched
from pipeline.core.baseline.model import PULLING, InputKind
from pipeline.core.baseline.references import Parsed, Reference
from pipeline.core.baseline.report import BaselineReport, Input
from pipeline.core.canonical import Digest, HashManifest, MalformedError
from pipeline.edges import foreign_yaml, git, git_export
from pipeline.errors import LadderError
from pipeline.operations import commits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.baseline.model import Baseline, BaselineEntry
    from pipeline.operations.workspace import Workspace

LINK = "120000"
MAX_LINKS = 16
"""How many symbolic links may lead to one another."""
MAX_COMMITS = 20
"""How many commits that touched the baseline are looked at for the files of a digest."""


def baseline_report(workspace: Workspace, commit: str) -> BaselineReport:
    """Compare the commit's inputs with the baseline; once per process for each commit.

    Raises nothing: what went wrong is the report's `problem`, and the gate holds on it.
    """
    baseline = workspace.configuration.baseline
    try:
        return _report(workspace.root.resolve(), commit, baseline)
    except LadderError as error:
        problem = f"{error.what} ({error.where}); {error.todo}"
    except Exception as error:  # noqa: BLE001 - a crash is a finding, whatever crashed
        problem = f"looking crashed: {type(error).__name__}: {error}"
    return BaselineReport(commit=commit, baseline=str(baseline.digest), problem=problem)


@lru_cache(maxsize=8)
def _report(root: Path, commit: str, baseline: Baseline) -> BaselineReport:
    tree = _Tree(root, commit)
    inputs = look(tree, baseline)
    digests = {path: one.digest for path, one in inputs.items()}
    drifted = [
        entry
        for entry in baseline.inputs
        if entry.digest is not None and entry.digest != str(manifest(entry, digests).digest)
    ]
    before = _before(root, drifted) if drifted else {}
    return compare(baseline, commit, inputs, before)


class _Tree:
    """The files of a commit, read when asked for; also those that symbolic links stand for."""

    def __init__(self, root: Path, commit: str) -> None:
        self.root = root
        listed = commits.files(root, commit)
        self.blobs = {blob.path: blob for blob in listed}
        self.bytes: dict[str, bytes] = {}

    def read(self, paths: Iterable[str]) -> None:
        """Read files at once, and what links among them lead to."""
        waiting = [path for path in paths if path in self.blobs and path not in self.bytes]
        while waiting:
            blobs = [self.blobs[path] for path in waiting if self.blobs[path].mode != "160000"]
            for blob, data in git_export.contents(self.root, blobs):
                self.bytes[blob.path] = data
            led = {self._next(blob.path) for blob in blobs if blob.mode == LINK}
            waiting = [path for path in led if path in self.blobs and path not in self.bytes]

    def _next(self, path: str) -> str:
        return normpath(join(dirname(path), self.bytes[path].decode("utf-8", "replace")))

    def content(self, path: str) -> tuple[bytes, str]:
        """Return the bytes that a path stands for, and why there are none (rule 2)."""
        at = path
        for _ in range(MAX_LINKS):
            if at not in self.bytes:
                return self.bytes.get(path, b""), f"the commit does not hold {at}"
            if self.blobs[at].mode != LINK:
                return self.bytes[at], ""
            at = self._next(at)
        return self.bytes[path], "its symbolic links lead in a circle"


def look(tree: _Tree, baseline: Baseline) -> dict[str, Input]:
    """Return every input of the commit: by its name, by an entry, by another input."""
    paths = [path for path in tree.blobs if not is_left_out(path)]
    wanted = _wanted(baseline, paths)
    found: dict[str, Input] = {}
    while waiting := sorted(set(wanted) - set(found)):
        tree.read(waiting)
        for path in waiting:
            kind, is_sure = wanted[path]
            data, problem = tree.content(path)
            parsed = Parsed(problem=problem) if problem else _parsed(kind, data)
            if parsed is not None:
                parsed, named = _follow(path, parsed, tree)
                for other, its_kind in named.items():
                    wanted.setdefault(other, (its_kind, True))
            if is_sure or _is_what_it_says(kind, data, parsed):
                found[path] = Input(digest=Digest.of(data), kind=kind, parsed=parsed)
            else:
                found[path] = Input(digest=Digest.of(data), kind=None, parsed=None)
    return found


def _wanted(baseline: Baseline, paths: list[str]) -> dict[str, tuple[InputKind | None, bool]]:
    """Return the inputs by name and by entry, with their kind and whether that is sure."""
    wanted: dict[str, tuple[InputKind | None, bool]] = {
        path: by_name for path in paths if (by_name := kind_of(path)) is not None
    }
    for entry in baseline.inputs:
        for path in matched(entry.paths, paths):
            kind, is_sure = wanted.get(path, (None, False))
            if entry.kind in PULLING and (kind is None or not is_sure):
                wanted[path] = (entry.kind, True)
            else:
                wanted.setdefault(path, (None, True))
    return wanted


def _parsed(kind: InputKind | None, data: bytes) -> Parsed | None:
    if kind is InputKind.CONTAINER_BASE:
        return containers.parse(data)
    if kind not in PULLING:
        return None
    try:
        read = foreign_yaml.read_documents(data)
    except MalformedError as error:
        return Parsed(problem=str(error))
    return (documents.compose if kind is InputKind.COMPOSE_IMAGE else documents.workflow)(read)


def _is_what_it_says(kind: InputKind | None, data: bytes, parsed: Parsed | None) -> bool:
    """Tell whether a file is what its name may mean: it builds on something, or it runs."""
    if parsed is None or kind is InputKind.CONTAINER_BASE:
        return parsed is not None and bool(parsed.references)
    return bool(parsed.problem or parsed.references or parsed.follows) or b"runs" in data


def _follow(path: str, parsed: Parsed, tree: _Tree) -> tuple[Parsed, dict[str, InputKind]]:
    """Return the files that an input names; what the commit does not hold is a pull (rule 3)."""
    named: dict[str, InputKind] = {}
    lost: list[Reference] = []
    for written, kind in parsed.follows:
        other = normpath(join(dirname(path), written))
        if other in tree.blobs and other != OWN_FILE:
            named[other] = kind
        else:
            place = f"named as {kind}, not in the commit"
            lost.append(Reference(place=place, text=written, pinned=False))
    for local in parsed.here:
        own = [each for each in _own(local.text) if each[0] in tree.blobs]
        named |= dict(own)
        if not own:
            place = f"{local.place}, not in the commit"
            lost.append(Reference(place=place, text=local.text, pinned=False))
    lost += _given(path, parsed, tree)
    return replace(parsed, references=(*parsed.references, *lost)), named


def _own(text: str) -> Iterator[tuple[str, InputKind]]:
    """Yield the files that may be behind `uses: ./…`, which is named from the root."""
    at = normpath(text)
    if at.endswith((".yml", ".yaml")):
        yield at, InputKind.WORKFLOW
    for name in ("action.yml", "action.yaml"):
        yield normpath(join(at, name)), InputKind.WORKFLOW
    yield normpath(join(at, "Dockerfile")), InputKind.CONTAINER_BASE


def _given(path: str, parsed: Parsed, tree: _Tree) -> Iterator[Reference]:
    """Yield what the container files of a compose file pull by the arguments that it gives."""
    for built in parsed.built:
        other = normpath(join(dirname(path), built.file))
        tree.read([other])
        data, problem = tree.content(other)
        if problem:
            continue  # the file is lost, or cannot be looked into: that is told of itself
        plain = set(containers.parse(data).references)
        for each in containers.parse(data, dict(built.arguments)).references:
            if each not in plain:
                place = f"{built.place}, {other} {each.place}"
                yield Reference(place=place, text=each.text, pinned=each.pinned)


def _before(root: Path, drifted: list[BaselineEntry]) -> dict[str, Mapping[str, Digest]]:
    """Return the files that the recorded digests were made from, as far as history tells."""
    found: dict[str, Mapping[str, Digest]] = {}
    listed = git.ask(root, "rev-list", f"--max-count={MAX_COMMITS}", "HEAD", "--", OWN_FILE)
    for commit in listed.decode().split():
        waiting = [entry for entry in drifted if entry.id not in found]
        if not waiting:
            break
        try:
            found |= _made_from(_Tree(root, commit), waiting)
        except LadderError:  # a clone may lack what only old commits have
            continue
    return found


def _made_from(tree: _Tree, entries: list[BaselineEntry]) -> dict[str, Mapping[str, Digest]]:
    found: dict[str, Mapping[str, Digest]] = {}
    for entry in entries:
        paths = matched(entry.paths, tree.blobs)
        tree.read(paths)
        files = {path: Digest.of(tree.content(path)[0]) for path in paths}
        if str(HashManifest.of(files).digest) == entry.digest:
            found[entry.id] = files
    return found
