"""A file as read: a tree of values with their positions, and the faults that were found in it."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pipeline.core.fields import show

Path: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys and indexes from the root."""

WHOLE = "(file)"
"""What stands for the path where the fault is the file's as a whole."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A position in a file; line and column count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it begins; of a mapping also where each key stands."""

    mark: Mark
    value: "str | int | bool | list[Node] | dict[str, Node] | None"
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return the JSON value without the positions."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: file (relative to the project's root), position, path, words."""

    file: str
    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        """Return `file:line:col: path: message`."""
        return f"{self.file}:{self.mark.line}:{self.mark.column}: {self.path}: {self.message}"


@dataclass(slots=True)
class Document:
    """A file as read: its tree (`None` when there is none) and what was wrong with it."""

    file: str
    root: Node | None = None
    faults: list[Fault] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)

    @property
    def value(self) -> Any:  # noqa: ANN401 - a JSON value
        """The JSON value of the whole document."""
        return self.root.plain() if self.root else None

    def fault(self, path: Path, message: str, *, at_key: bool = False) -> Fault:
        """Make a fault at a path, positioned at the nearest thing that the file has."""
        return Fault(self.file, self.mark(path, at_key=at_key), show(path) or WHOLE, message)

    def mark(self, path: Path, *, at_key: bool = False) -> Mark:
        """Return where a path's value (or its key) begins, or the nearest parent that is there."""
        node, mark = self.root, Mark(1, 1)
        for part in path:
            inside = node.value if node else None
            mark = node.mark if node else mark
            if isinstance(inside, dict) and part in inside and node:
                node, key = inside[str(part)], node.keys[str(part)]
                mark = key if at_key or node.value is None else node.mark
            elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
                node = inside[part]
                mark = node.mark
            else:
                return mark
        return mark if path or node is None else node.mark

    def is_broken(self, path: Path) -> bool:
        """Tell whether a path, or one above it, has no value that could be trusted."""
        return any(path[: len(broken)] == broken for broken in self.broken)
