"""The bill of materials of a release as CycloneDX 1.6, made from the lock file and bit-stable.

The serial number is a uuid5 over name, version, commit and lock digest, the time is the commit's,
and no tool version is named: the same commit gives the same bytes anywhere.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cyclonedx.model.component import Component

    from pipeline.core.canonical import Digest
    from pipeline.core.lockfile import Edge, Key, Lock, Package

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://release-ladder.readthedocs.io/sbom/v1")
"""Under this namespace serial numbers are made."""
SPEC_VERSION = "1.6"


def purl(name: str, version: str) -> str:
    """Return the package URL of a distribution on the Python Package Index."""
    from packageurl import PackageURL

    return PackageURL(type="pypi", name=name, version=version).to_string()


def make_sbom(
    *,
    name: str,
    version: str,
    commit: str,
    time: int,
    lock_digest: Digest | None,
    lock: Lock | None,
    roots: Iterable[Edge],
) -> dict[str, Any]:
    """Return the bill of materials: the release and the universal closure of what it needs.

    `time` is in seconds since 1970. Without a lock only the release itself is listed.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    wanted = tuple(roots)
    closure = lock.closure(wanted) if lock is not None else {}
    root = _component(name, version, ComponentType.APPLICATION)
    components = {key: _of_package(package) for key, package in closure.items()}
    bom = Bom(
        serial_number=uuid.uuid5(NAMESPACE, f"{name}\n{version}\n{commit}\n{lock_digest}"),
        metadata=BomMetaData(component=root, timestamp=dt.datetime.fromtimestamp(time, tz=dt.UTC)),
        components=components.values(),
    )
    if lock is not None:
        bom.register_dependency(root, _targets(wanted, closure, components))
        for key, package in closure.items():
            extras = (edge for edges in package.extras.values() for edge in edges)
            needed = (*package.needs, *(edge for edge in extras if _within(edge, closure)))
            bom.register_dependency(components[key], _targets(needed, closure, components))
    document: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    canonical(document)  # signed JSON holds no floats
    return document


def _within(edge: Edge, closure: Mapping[Key, Package]) -> bool:
    return any(edge.name == name and edge.version in {None, v} for name, v in closure)


def _targets(
    edges: Iterable[Edge], closure: Mapping[Key, Package], components: Mapping[Key, Component]
) -> list[Component]:
    found = {
        key: components[key]
        for edge in edges
        for key in closure
        if key[0] == edge.name and edge.version in {None, key[1]}
    }
    return list(found.values())


def _component(name: str, version: str, kind: Any) -> Component:  # noqa: ANN401 - lazy library
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    return Component(
        name=name,
        version=version,
        type=kind,
        bom_ref=purl(name, version),
        purl=PackageURL(type="pypi", name=name, version=version),
    )


def _of_package(package: Package) -> Component:
    from cyclonedx.model import (
        ExternalReference,
        ExternalReferenceType,
        HashAlgorithm,
        HashType,
        XsUri,
    )
    from cyclonedx.model.component import ComponentType

    component = _component(package.name, package.version, ComponentType.LIBRARY)
    for file in package.files:
        component.external_references.add(
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(file.url),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)],
            )
        )
    wheel = package.universal_wheel
    if wheel is not None:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=wheel.sha256))
    return component


def component_keys(document: Mapping[str, Any]) -> set[Key]:
    """Return name and version of every component of a bill of materials."""
    return {(item["name"], item["version"]) for item in document.get("components", [])}
