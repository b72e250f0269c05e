"""Strict YAML: a tree of values with their positions, or every reason why a file is none.

A file means one thing or is refused; nothing is guessed (YAML 1.2.2, core schema, without what the
versions of YAML read differently):

1. UTF-8 without a byte order mark, at most 1 MiB, 32 levels, no tabs, no hidden characters.
2. One document, no directives, no tags, no anchors, aliases or merge keys.
3. A key is text and stands once in its mapping.
4. A plain scalar is text, a decimal whole number, true, false or null. What YAML 1.1 reads
   otherwise (`on`, `010`, `1_000`, `1:30`, dates) and numbers with a point must be in quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from pipeline.core.fields import show
from pipeline.edges.document import WHOLE, Document, Fault, Mark, Node, Path

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
"""Largest whole number that every JSON reader keeps (RFC 8785, 3.2.2.3)."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HIDDEN = re.compile(
    "[^\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|\r(?!\n)|[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BOOL_11 = frozenset({"y", "n", "yes", "no", "on", "off"})
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_QUOTE = "allowed: the same in quotes, if it is meant as text"
_SURPRISES = (
    (re.compile(r"[-+]?0[0-7_]+"), "is an octal number to some readers of YAML"),
    (re.compile(r"[-+]?0[box][0-9a-fA-F_]+"), "is not a decimal number"),
    (re.compile(r"[-+]?0[0-9_]+"), "begins with a zero"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*"), "is a number with _ to some readers of YAML"),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "is a number to base 60 to some readers of YAML",
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"),
        "is a date to some readers of YAML",
    ),
    (
        re.compile(r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"),
        "is a number with a point or an exponent",
    ),
    (re.compile(r"([-+]?\.(inf|Inf|INF))|\.(nan|NaN|NAN)"), "is no number that can be counted"),
    (re.compile(r"=|<<"), "has a meaning of its own to some readers of YAML"),
)


class _FatalError(Exception):
    """Reading cannot go on; what is wrong, and where."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark
        self.message = message


def read(file: str, data: bytes) -> Document:
    """Read the bytes of a file; whatever is wrong is in the document's `faults`, all of it."""
    document = Document(file)
    try:
        text = _decode(data)
        document.root = _Reader(document, yaml.parse(text, Loader=_LOADER)).document()
    except _FatalError as fatal:
        document.root = None
        document.faults.append(Fault(file, fatal.mark, WHOLE, fatal.message))
    except yaml.MarkedYAMLError as error:
        document.root = None
        mark = error.problem_mark or error.context_mark
        words = f"is no YAML: {error.problem or error.context}; allowed: one YAML mapping"
        document.faults.append(Fault(file, _mark(mark), WHOLE, words))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        document.root = None
        document.faults.append(Fault(file, Mark(1, 1), WHOLE, f"is no YAML: {error}"))
    return document


def _decode(data: bytes) -> str:
    """Return the text, or say where it is none (rule 1)."""
    if len(data) > MAX_BYTES:
        raise _FatalError(Mark(1, 1), f"is larger than {MAX_BYTES} bytes; allowed: up to 1 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise _FatalError(_after(before), "is not UTF-8 here; allowed: UTF-8 text") from error
    hidden = _HIDDEN.search(text)
    if hidden:
        shown = "a tab" if hidden[0] == "\t" else f"the character U+{ord(hidden[0]):04X}"
        raise _FatalError(
            _after(text[: hidden.start()]),
            f"has {shown}; allowed: spaces and characters that show, others as escapes in "
            'double quotes, such as "\\t"',
        )
    return text


def _after(text: str) -> Mark:
    return Mark(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _mark(mark: Any) -> Mark:  # noqa: ANN401 - of PyYAML or of libyaml
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


@dataclass(slots=True)
class _Reader:
    """Builds the tree from the stream of events; stops at the first thing too deep."""

    file: Document
    events: Iterator[Any]

    def document(self) -> Node:
        """Read the one document (rule 2)."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise _FatalError(Mark(1, 1), "is empty; allowed: one YAML mapping")
        if start.version or start.tags:
            raise _FatalError(_mark(start.start_mark), "has a directive (%); allowed: none")
        root = self.node(next(self.events), ())
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _FatalError(_mark(after.start_mark), "begins a second document; allowed: one")
        if not isinstance(root.value, dict):
            raise _FatalError(root.mark, "is no mapping; allowed: `key: value` lines")
        return root

    def node(self, event: Any, path: Path) -> Node:  # noqa: ANN401 - an event of either loader
        """Read one value and all below it."""
        mark = _mark(event.start_mark)
        if len(path) > MAX_DEPTH:
            raise _FatalError(mark, f"is deeper than {MAX_DEPTH} levels; allowed: fewer")
        if isinstance(event, yaml.AliasEvent):
            self.refuse(mark, path, f"the alias *{event.anchor} is refused; allowed: the value")
            return Node(mark, None)
        if event.anchor is not None:
            self.refuse(mark, path, f"the anchor &{event.anchor} is refused; allowed: the value")
        if event.tag is not None:
            self.refuse(mark, path, f"the tag {event.tag} is refused; allowed: the value alone")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(mark, path)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(event, (*path, len(items))))
            return Node(mark, items)
        return self.scalar(event, mark, path)

    def mapping(self, mark: Mark, path: Path) -> Node:
        """Read a mapping; each key is text and stands once (rule 3)."""
        values: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, at = self.key(event, path), _mark(event.start_mark)
            value = self.node(next(self.events), (*path, key))
            if key in keys:
                words = f"stands twice; it is on line {keys[key].line} already; allowed: once"
                self.refuse(at, (*path, key), words)
                continue
            keys[key], values[key] = at, value
        return Node(mark, values, keys)

    def key(self, event: Any, path: Path) -> str:  # noqa: ANN401 - an event of either loader
        """Read a key; what is no text is refused and stands as what was written."""
        if not isinstance(event, yaml.ScalarEvent):
            raise _FatalError(_mark(event.start_mark), "a key is no text; allowed: text")
        text = str(event.value)
        node = self.node(event, (*path, text))
        if not isinstance(node.value, str):
            words = f"the key {text!r} is no text; allowed: the same in quotes"
            self.refuse(node.mark, (*path, text), words)
        return text

    def scalar(self, event: Any, mark: Mark, path: Path) -> Node:  # noqa: ANN401
        """Read a scalar (rule 4)."""
        text: str = event.value
        if event.style:
            return Node(mark, text)
        if text in _NULL:
            return Node(mark, None)
        if text in _BOOL:
            return Node(mark, _BOOL[text])
        if _INT.fullmatch(text):
            if len(text) <= len(str(MAX_INTEGER)) + 1 and abs(int(text)) <= MAX_INTEGER:
                return Node(mark, int(text))
            self.refuse(mark, path, f"{text[:40]} is too large; allowed: up to {MAX_INTEGER}")
            return Node(mark, 0)
        surprise = _surprise(text)
        if surprise:
            self.refuse(mark, path, surprise)
        return Node(mark, text)

    def refuse(self, mark: Mark, path: Path, message: str) -> None:
        """Note a fault and go on; the models' own complaints about this path are not wanted."""
        self.file.faults.append(Fault(self.file.file, mark, show(path) or WHOLE, message))
        self.file.broken.add(path)


def _surprise(text: str) -> str | None:
    if text.lower() in _BOOL_11:
        return (
            f"{text!r} is true or false to some readers of YAML and text to others; allowed: "
            "true or false, or text in quotes"
        )
    for pattern, words in _SURPRISES:
        if pattern.fullmatch(text):
            return f"{text[:40]!r} {words}; {_QUOTE}"
    return None
