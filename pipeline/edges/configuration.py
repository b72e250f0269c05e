"""Reads a project's `config/`: every file, checked alone and together, or every fault at once.

Files (the design's interface): `pipeline.yaml`, `ladders/NAME.yaml`, `targets/NAME.yaml`, one
`policies/FAMILY.yaml` for each family, `approvals/TARGET.yaml`; a target without its approval is
shut. `trust.yaml` may be missing: nobody is trusted then; so may `registry.yaml`, `baseline.yaml`
and `reviews.yaml`: nothing is registered, kept, or reviewed then.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pipeline.core.baseline.model import Baseline
from pipeline.core.config import Configuration, Project, TargetConfig, TrustConfig
from pipeline.core.crosscheck import crosscheck
from pipeline.core.ladder import Ladder
from pipeline.core.model import Model
from pipeline.core.policies import FAMILIES, Policies, ReleaseApproval
from pipeline.core.policies.family import Family
from pipeline.core.policies.table import NEEDED
from pipeline.core.registry import Registry
from pipeline.core.reviews.model import Reviews
from pipeline.edges.binding import bind, did_you_mean
from pipeline.edges.document import WHOLE, Document, Fault, Mark
from pipeline.edges.yaml import MAX_BYTES, read
from pipeline.errors import InvalidConfigurationError

M = TypeVar("M", bound=Model)
FOLDER = "config"
_TOP = ("pipeline", "trust", "registry", "baseline", "reviews")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration, when there is one, with the documents that it came from and all faults."""

    configuration: Configuration | None
    documents: dict[str, Document]
    faults: tuple[Fault, ...]


def load(root: Path) -> Configuration:
    """Return the configuration of the project at `root`.

    Raises `InvalidConfigurationError` with every problem of every file.
    """
    loaded = read_all(root)
    if loaded.configuration is None:
        raise InvalidConfigurationError([str(fault) for fault in loaded.faults])
    return loaded.configuration


def read_all(root: Path) -> Loaded:
    """Read everything; faults are returned, sorted by file and position, not raised."""
    reader = _Reader(root)
    if links := reader.links():
        return Loaded(configuration=None, documents={}, faults=tuple(links))
    project = reader.one("pipeline", Project)
    ladders = reader.folder("ladders", Ladder)
    targets = reader.folder("targets", TargetConfig)
    families = {name: reader.family(name, model) for name, model in FAMILIES.items()}
    approvals = reader.folder("approvals", ReleaseApproval, optional=True)
    trust = reader.one("trust", TrustConfig, optional=TrustConfig())
    registry = reader.one("registry", Registry, optional=Registry())
    baseline = reader.one("baseline", Baseline, optional=Baseline())
    reviews = reader.one("reviews", Reviews, optional=Reviews())
    reader.strangers("", _TOP)
    reader.strangers("policies/", FAMILIES)
    reader.together()
    faults = tuple(sorted(set(reader.faults())))
    if faults or project is None or trust is None or not (registry and baseline and reviews):
        return Loaded(configuration=None, documents=reader.documents, faults=faults)
    policies = Policies(
        **{name: family.policies for name, family in families.items() if family},
        approvals=tuple(approvals.values()),
    )
    configuration = Configuration(
        project=project,
        ladders=ladders,
        targets=targets,
        policies=policies,
        trust=trust,
        registry=registry,
        baseline=baseline,
        reviews=reviews,
    )
    return Loaded(configuration=configuration, documents=reader.documents, faults=())


class _Reader:
    """Reads file by file and keeps the documents by their key: `ladders/staging`."""

    def __init__(self, root: Path) -> None:
        self.root = root / FOLDER
        self.documents: dict[str, Document] = {}
        self.others: list[Fault] = []

    def faults(self) -> Iterable[Fault]:
        """Yield the faults of all documents, and those of files that are none."""
        yield from self.others
        for document in self.documents.values():
            yield from document.faults

    def links(self) -> list[Fault]:
        """Return a fault for `config` and all below it that is a symbolic link: none is followed.

        Git compares a link's text and not what it leads to. A link in a file's place is told where
        the file is read.
        """
        places = [self.root]
        for folder, below, files in os.walk(self.root):
            names = below + [name for name in files if not name.endswith(".yaml")]
            # an editor's locks are links that begin so; nothing reads such a name
            places += [Path(folder, name) for name in names if not name.startswith(".")]
        words = "is a symbolic link, which is not followed; allowed: in its place, what it leads to"
        return sorted(
            Fault(path.relative_to(self.root.parent).as_posix(), Mark(1, 1), WHOLE, words)
            for path in places
            if path.is_symlink()
        )

    def one(self, key: str, model: type[M], *, optional: M | None = None) -> M | None:
        """Read the file of a key as a model; a missing one is a fault unless it is optional."""
        path = self.root / f"{key}.yaml"
        if not path.exists() and not path.is_symlink():
            if optional is None:
                self.note(key, f"is missing; allowed: {_content(key)}")
            return optional
        document = self.documents[key] = self.document(path, key)
        return bind(model, document)

    def document(self, path: Path, key: str) -> Document:
        """Read one file's bytes; what cannot be read is a document with a fault."""
        name = f"{FOLDER}/{key}.yaml"
        try:
            if path.is_symlink() or not path.is_file():
                return _unread(name, "is no regular file; allowed: a file, no link")
            with path.open("rb") as file:
                return read(name, file.read(MAX_BYTES + 1))
        except OSError as error:
            return _unread(name, f"cannot be read: {error.strerror}; allowed: a readable file")

    def family(self, name: str, model: type[Family[Any]]) -> Family[Any] | None:
        """Read a policy family's file; without one the family has no policy, and allows nothing."""
        empty = None if name in NEEDED else model.model_validate({"family": name, "policies": ()})
        return self.one(f"policies/{name}", model, optional=empty)

    def folder(self, name: str, model: type[M], *, optional: bool = False) -> dict[str, M]:
        """Read every file of a folder; a folder without one is a fault unless it is optional."""
        found: dict[str, M] = {}
        for stem in self.stems(f"{name}/"):
            value = self.one(f"{name}/{stem}", model)
            if value is not None:
                found[stem] = value
        if not optional and not any(key.startswith(f"{name}/") for key in self.documents):
            self.others.append(
                Fault(f"{FOLDER}/{name}", Mark(1, 1), WHOLE, "has no file; allowed: NAME.yaml")
            )
        return found

    def stems(self, prefix: str) -> list[str]:
        """Return the names of the YAML files in a folder; `.yml` is a fault."""
        try:
            names = sorted(entry.name for entry in (self.root / prefix).iterdir())
        except OSError:
            return []
        for name in names:
            if name.lower().endswith((".yml", ".yaml")) and not name.endswith(".yaml"):
                words = "is not read under this name; allowed: the ending .yaml"
                self.others.append(Fault(f"{FOLDER}/{prefix}{name}", Mark(1, 1), WHOLE, words))
        return [name.removesuffix(".yaml") for name in names if name.endswith(".yaml")]

    def strangers(self, prefix: str, known: Iterable[str]) -> None:
        """Note the YAML files of a folder that nothing reads: most are misspelt."""
        for stem in self.stems(prefix):
            if stem not in known:
                hint = did_you_mean(stem, known)
                names = ", ".join(f"{name}.yaml" for name in known)
                self.note(f"{prefix}{stem}", f"nothing reads this file; {hint}allowed: {names}")

    def together(self) -> None:
        """Check what must hold between the files."""
        values: dict[str, Any] = {key: one.value for key, one in self.documents.items()}
        for key, path, message in crosscheck(values):
            document = self.documents[key]
            if not document.is_broken(path):
                document.faults.append(document.fault(path, message))

    def note(self, key: str, message: str) -> None:
        """Note a fault of a file as a whole."""
        self.others.append(Fault(f"{FOLDER}/{key}.yaml", Mark(1, 1), WHOLE, message))


def _unread(name: str, message: str) -> Document:
    document = Document(name)
    document.faults.append(Fault(name, Mark(1, 1), WHOLE, message))
    return document


def _content(key: str) -> str:
    if key.startswith("policies/"):
        return f"a file with `family: {key.removeprefix('policies/')}` and `policies: []` at least"
    return "a file with `project: NAME` at least"
