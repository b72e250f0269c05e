"""Canonical bytes, digests, strict JSON, and the hash manifest of a folder.

Source: RFC 8785 (JSON Canonicalization Scheme); GNU `sha256sum` for the manifest's form.
Numbers in what we sign are integers or decimal strings, so floats are refused outright.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rfc8785

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_DOCUMENT = 8 * 1024 * 1024
"""Largest JSON document we read, in bytes."""
MAX_DEPTH = 64
"""Deepest nesting of a JSON document we read."""
_HEX = re.compile(r"[0-9a-f]{64}")
_LONE = re.compile("[\ud800-\udfff]")
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\n\r]+)")


class MalformedError(ValueError):
    """Bytes that are not what they should be: not JSON, not canonical, not a manifest."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 digest that carries its algorithm: `str()` is `sha256:HEX`."""

    hex: str

    def __post_init__(self) -> None:
        """Refuse anything but 64 lower-case hex digits."""
        if not _HEX.fullmatch(self.hex):
            msg = f"not a SHA-256 in lower-case hex: {self.hex[:80]!r}"
            raise MalformedError(msg)

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """Return the digest of bytes."""
        return cls(hashlib.sha256(data).hexdigest())

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read `sha256:HEX`; anything else is `MalformedError`."""
        algorithm, _, value = text.partition(":")
        if algorithm != "sha256":
            msg = f"not a digest of the form sha256:HEX: {text[:80]!r}"
            raise MalformedError(msg)
        return cls(value)

    def __str__(self) -> str:
        """Return `sha256:HEX`."""
        return f"sha256:{self.hex}"


def canonical(value: object) -> bytes:
    """Return the RFC 8785 bytes of a JSON value; floats are refused (`MalformedError`)."""
    _refuse_floats(value, 0)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, ValueError, TypeError) as error:
        msg = f"has no canonical form: {error}"
        raise MalformedError(msg) from error


def digest_of(value: object) -> Digest:
    """Return the digest of a value's canonical bytes."""
    return Digest.of(canonical(value))


def _refuse_floats(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        msg = f"nested deeper than {MAX_DEPTH}"
        raise MalformedError(msg)
    if isinstance(value, float):
        msg = f"numbers are integers or decimal strings, not {value!r}"
        raise MalformedError(msg)
    if isinstance(value, dict):
        for member in value.values():
            _refuse_floats(member, depth + 1)
    elif isinstance(value, (list, tuple)):
        for member in value:
            _refuse_floats(member, depth + 1)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            msg = f"the key {key[:80]!r} stands twice in one object"
            raise MalformedError(msg)
        result[key] = value
    return result


def _refuse_number(text: str) -> Any:  # noqa: ANN401 - the hook's type is the caller's
    msg = f"numbers are integers or decimal strings, not {text[:40]}"
    raise MalformedError(msg)


def load_json(data: bytes, *, limit: int = MAX_DOCUMENT, floats: bool = False) -> Any:  # noqa: ANN401
    """Read one JSON document strictly: UTF-8, no duplicate keys, no NaN, bounded size and depth.

    Half a surrogate pair is refused (RFC 7493, 2.1): such a text has no bytes, so no digest.
    `floats=True` is for foreign documents only; our own have none. Errors are `MalformedError`.
    """
    if len(data) > limit:
        msg = f"{len(data)} bytes of JSON are more than the {limit} allowed"
        raise MalformedError(msg)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_number,
            parse_float=float if floats else _refuse_number,
        )
    except MalformedError:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        msg = f"not JSON: {error}"
        raise MalformedError(msg) from error
    _check_depth(value, 0)
    if b"\\u" in data and _LONE.search(json.dumps(value, ensure_ascii=False)):
        msg = "a text holds half a surrogate pair"
        raise MalformedError(msg)
    return value


def _check_depth(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        msg = f"nested deeper than {MAX_DEPTH}"
        raise MalformedError(msg)
    if isinstance(value, dict):
        for member in value.values():
            _check_depth(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check_depth(member, depth + 1)


def load_canonical(data: bytes, *, limit: int = MAX_DOCUMENT) -> Any:  # noqa: ANN401
    """Read JSON that must be in its canonical form, so that no second encoding means the same."""
    value = load_json(data, limit=limit)
    if canonical(value) != data:
        msg = "not in canonical form (RFC 8785)"
        raise MalformedError(msg)
    return value


def check_path(path: str) -> str:
    """Return a portable relative POSIX path, or raise `MalformedError`.

    Refused: absolute, empty, `.`/`..` parts, backslash, colon, control characters, what has no
    UTF-8, and `-` alone, by which `sha256sum -c` means its standard input.
    """
    parts = path.split("/")
    if (
        path == "-"
        or any(part in {"", ".", ".."} for part in parts)
        or re.search(r"[\x00-\x1f\x7f\\:\ud800-\udfff]", path)
    ):
        msg = f"not a portable relative path: {path[:120]!r}"
        raise MalformedError(msg)
    return path


@dataclass(frozen=True, slots=True)
class HashManifest:
    """The files of a folder with their digests, as `sha256sum -c` reads them.

    Paths are relative, POSIX, sorted by code point, each once.
    """

    entries: tuple[tuple[str, Digest], ...]

    @classmethod
    def of(cls, files: Mapping[str, Digest] | Iterable[tuple[str, Digest]]) -> HashManifest:
        """Make a manifest of files; sorts, checks paths, refuses a path given twice."""
        pairs = sorted(dict(files).items())
        for path, _ in pairs:
            check_path(path)
        return cls(tuple(pairs))

    @classmethod
    def parse(cls, data: bytes) -> HashManifest:
        """Read a manifest strictly; anything but its one rendering is `MalformedError`."""
        entries = []
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            msg = "the manifest is not UTF-8"
            raise MalformedError(msg) from error
        for number, line in enumerate(lines[:-1], 1):
            match = _MANIFEST_LINE.fullmatch(line)
            if match is None:
                msg = f"line {number} is not '<sha256>  <path>': {line[:120]!r}"
                raise MalformedError(msg)
            entries.append((check_path(match[2]), Digest(match[1])))
        manifest = cls(tuple(entries))
        paths = [path for path, _ in entries]
        if lines[-1] or paths != sorted(set(paths)):
            msg = "the manifest is cut, not sorted, or names a path twice"
            raise MalformedError(msg)
        return manifest

    def render(self) -> bytes:
        """Return the manifest's bytes."""
        return "".join(f"{digest.hex}  {path}\n" for path, digest in self.entries).encode()

    def as_dict(self) -> dict[str, Digest]:
        """Return path → digest."""
        return dict(self.entries)

    @property
    def digest(self) -> Digest:
        """The tree's digest: the digest of the manifest's bytes."""
        return Digest.of(self.render())
