"""The store: the verbs, and the table of backends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.edges.links import refuse_links
from pipeline.edges.store.local import LocalStore
from pipeline.edges.store.protocol import MAX_OBJECT, Lease, Store
from pipeline.errors import InvalidConfigurationError

__all__ = ["MAX_OBJECT", "Lease", "Store", "open_store"]


def _local(place: str, root: Path) -> Store:
    refuse_links(root, place, below=1)
    return LocalStore(root / place)


_SCHEMES: dict[str, Callable[[str, Path], Store]] = {
    "file": _local,
}


def open_store(spec: str, root: Path) -> Store:
    """Open the store that `store:` in `config/pipeline.yaml` names, e.g. `file:artifacts/store`.

    Paths are relative to the project's root. Nothing is written before something is kept. An
    unknown scheme is `InvalidConfigurationError` (13); a symbolic link in the store's place, or of
    one of its folders, is `UntrustedError` (11).
    """
    scheme, colon, place = spec.partition(":")
    if not colon or not place or scheme not in _SCHEMES:
        known = ", ".join(f"{name}:PLACE" for name in _SCHEMES)
        raise InvalidConfigurationError(
            [f"config/pipeline.yaml: store: {spec!r} names no store; known: {known}"],
            where="config/pipeline.yaml",
        )
    return _SCHEMES[scheme](place, root)
