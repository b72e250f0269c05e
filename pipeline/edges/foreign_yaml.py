"""Foreign YAML, as compose files and workflows are written: read for what it says, to look into it.

Not our own configuration, which `yaml.py` reads. What can be read in two ways is refused here too,
because whoever acts on the file may read it in the other one:

1. Aliases are the values that they name; `<<` takes over the keys that are not there.
2. A scalar is its text, whatever it may mean; a plain `null` is `None`. Tags are looked past.
3. A key is text and stands once in its mapping.
4. At most 1 MiB, 64 levels, and as many merged keys as the file could have characters.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from pipeline.core.canonical import MalformedError
from pipeline.edges.yaml import MAX_BYTES

MAX_DEPTH = 64
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"


def read_documents(data: bytes) -> list[Any]:
    """Return the documents of a file: mappings, lists, text and `None`.

    Raises `MalformedError` with what is wrong.
    """
    if len(data) > MAX_BYTES:
        raise MalformedError(f"it is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
        return list(_Reader(yaml.parse(text, Loader=_LOADER)).documents())
    except MalformedError:
        raise
    except UnicodeDecodeError as error:
        raise MalformedError("it is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise MalformedError(f"it is no YAML: {str(error).splitlines()[0]}") from error


class _Reader:
    """Builds the values from the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, Any] = {}
        self.merged = 0

    def documents(self) -> Iterator[Any]:
        """Yield document by document; anchors hold within one."""
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                yield self.value(next(self.events), 0)

    def value(self, event: Any, depth: int) -> Any:  # noqa: ANN401 - events and values of any kind
        """Read one value and all below it."""
        if depth > MAX_DEPTH:
            raise MalformedError(f"line {event.start_mark.line + 1} is deeper than {MAX_DEPTH}")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise MalformedError(f"the alias *{event.anchor} names nothing")
            return self.anchors[event.anchor]
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(self.keep(event, {}), depth)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = self.keep(event, [])
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                items.append(self.value(item, depth + 1))
            return items
        event.value.encode()  # half a surrogate pair has no bytes: a `ValueError`
        return self.keep(event, None if not event.style and event.value in _NULL else event.value)

    def keep(self, event: Any, value: Any) -> Any:  # noqa: ANN401 - as `value`
        """Return the value, and keep it under its anchor."""
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def mapping(self, found: dict[str, Any], depth: int) -> dict[str, Any]:
        """Read a mapping; what is merged into it comes last, so that its own keys win."""
        merges: list[Any] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            is_merge = isinstance(event, yaml.ScalarEvent) and not event.style
            key = self.value(event, depth + 1)
            value = self.value(next(self.events), depth + 1)
            if is_merge and key == _MERGE:
                merges += value if isinstance(value, list) else [value]
                continue
            key = "" if key is None else key
            if not isinstance(key, str):
                raise MalformedError(f"a key on line {line} is no text")
            if key in found:
                raise MalformedError(f"the key {key[:80]!r} on line {line} stands twice")
            found[key] = value
        for merge in merges:
            if not isinstance(merge, dict):
                raise MalformedError("<< takes over what is no mapping")
            self.merged += len(merge)
            if self.merged > MAX_BYTES:
                raise MalformedError("it merges more than a file could hold")
            for key, value in tuple(merge.items()):
                found.setdefault(key, value)
        return found
