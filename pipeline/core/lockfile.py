"""`uv.lock` as a value: packages, their files, and the closure of what a project needs.

Source: uv's lock file, version 1. Fields that we do not read are left alone.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.utils import canonicalize_name

from pipeline.core.canonical import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Key = tuple[str, str]
"""Normalised name and version of a locked package; the version is empty where it is dynamic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A file of a locked package: where it lies, its bare hex SHA-256."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One package needs another, under a marker, with extras of it."""

    name: str
    version: str | None
    marker: str
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A locked package."""

    name: str
    version: str
    source: tuple[str, str]
    files: tuple[LockedFile, ...]
    needs: tuple[Edge, ...]
    extras: Mapping[str, tuple[Edge, ...]]
    groups: Mapping[str, tuple[Edge, ...]]
    metadata: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """Name and version."""
        return (self.name, self.version)

    @property
    def universal_wheel(self) -> LockedFile | None:
        """The only wheel, if it fits every platform: then it is the file that gets installed."""
        wheels = [file for file in self.files if file.url.endswith(".whl")]
        universal = [file for file in wheels if file.url.endswith("-none-any.whl")]
        return universal[0] if len(wheels) == len(universal) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A whole lock file."""

    requires_python: str
    packages: tuple[Package, ...]

    @classmethod
    def parse(cls, data: bytes) -> Lock:
        """Read `uv.lock`; what is none raises `MalformedError`."""
        try:
            document = tomllib.loads(data.decode())
            if document["version"] != 1:
                msg = f"uv.lock has the version {document['version']!r}, known is 1"
                raise MalformedError(msg)
            return cls(
                requires_python=document.get("requires-python", ""),
                packages=tuple(_package(item) for item in document.get("package", [])),
            )
        except (
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            msg = f"not a uv.lock: {type(error).__name__}: {error}"
            raise MalformedError(msg) from error

    def find(self, name: str, version: str | None = None) -> Package:
        """Return a locked package; none, or several, of that name raise `MalformedError`."""
        wanted = canonicalize_name(name)
        found = [
            package
            for package in self.packages
            if package.name == wanted and version in {None, package.version}
        ]
        if len(found) != 1:
            msg = f"uv.lock holds {len(found)} packages {wanted} {version or ''}".rstrip()
            raise MalformedError(msg)
        return found[0]

    def closure(
        self,
        roots: Iterable[Edge],
        *,
        environment: Mapping[str, str] | None = None,
    ) -> dict[Key, Package]:
        """Return all packages that `roots` lead to.

        Without an environment (PEP 508 names → values) markers are left aside: the universal
        closure. With one, only what it would install.
        """
        result: dict[Key, Package] = {}
        seen: set[tuple[Key, str]] = set()
        pending = list(roots)
        while pending:
            edge = pending.pop()
            if environment is not None and not _applies(edge.marker, environment):
                continue
            package = self.find(edge.name, edge.version)
            result[package.key] = package
            for extra in ("", *edge.extras):
                if (package.key, extra) not in seen:
                    seen.add((package.key, extra))
                    pending.extend(package.extras.get(extra, ()) if extra else package.needs)
        return result


def roots(package: Package, extras: Iterable[str] = ()) -> tuple[Edge, ...]:
    """Return what a project needs at run time, with some of its extras."""
    chosen = [edge for extra in extras for edge in package.extras.get(extra, ())]
    return (*package.needs, *chosen)


def _applies(marker: str, environment: Mapping[str, str]) -> bool:
    try:
        return not marker or Marker(marker).evaluate({"extra": "", **environment})
    except (InvalidMarker, UndefinedEnvironmentName) as error:
        msg = f"uv.lock holds a marker that cannot be evaluated: {marker}"
        raise MalformedError(msg) from error


def _package(item: dict[str, Any]) -> Package:
    files = [*item.get("wheels", []), *([item["sdist"]] if "sdist" in item else [])]
    source = next(iter(item["source"].items()))
    return Package(
        name=canonicalize_name(item["name"]),
        version=item.get("version", ""),
        source=(source[0], str(source[1])),
        files=tuple(
            LockedFile(
                url=file.get("url") or file.get("path") or file["filename"],
                sha256=file.get("hash", "").removeprefix("sha256:"),
            )
            for file in files
        ),
        needs=_edges(item.get("dependencies", [])),
        extras={n: _edges(e) for n, e in item.get("optional-dependencies", {}).items()},
        groups={n: _edges(e) for n, e in item.get("dev-dependencies", {}).items()},
        metadata=item.get("metadata", {}),
    )


def _edges(items: list[dict[str, Any]]) -> tuple[Edge, ...]:
    return tuple(
        Edge(
            name=canonicalize_name(item["name"]),
            version=item.get("version"),
            marker=item.get("marker", ""),
            extras=tuple(item.get("extra", ())),
        )
        for item in items
    )
