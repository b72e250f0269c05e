"""What the house rules say of a Python source, read with `ast`: pure functions over text.

The rules are those of `architecture.md`: which ring imports which, what a pure ring may not touch,
what a task file may not load, and how long things may grow. Each function returns its findings as
`line: what is wrong`; an empty list is a pass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pipeline"

SEES: Mapping[str, frozenset[str]] = {
    "errors": frozenset(),
    "core": frozenset({"errors", "core"}),
    "proof": frozenset({"errors", "core", "proof"}),
    "edges": frozenset({"errors", "core", "proof", "edges"}),
    "operations": frozenset({"errors", "core", "proof", "edges", "operations"}),
    "flows": frozenset({"errors", "core", "proof", "edges", "operations"}),
    "tasks": frozenset({"errors", "core", "proof", "edges", "operations", "flows", "tasks"}),
    "page": frozenset({"errors", "core", "page"}),
    "web": frozenset({"errors", "core", "page", "edges.store", "web"}),
    "__main__": frozenset({"errors", "tasks"}),
    "__init__": frozenset(),
}
"""What the modules of each ring may import of the package; a dotted name allows that room alone."""

FLOWS_MAY_RENDER = "page"
"""Flows connect: they hand posture to the page. Steps (flows.steps) are started by tasks alone."""

HEAVY = frozenset(
    {
        "cryptography",
        "httpx",
        "jinja2",
        "pydantic",
        "rich",
        "sigstore",
        "starlette",
        "tuf",
        "uvicorn",
    }
)
"""Libraries that cost more than `invoke --list` may."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    found = {}
    for file in sorted((root / PACKAGE).rglob("*.py")):
        parts = list(file.relative_to(root).with_suffix("").parts)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[: len(parts) - 1] or [PACKAGE]
        found[".".join(parts)] = file
    return found


def ring(module: str) -> str:
    """Return the ring a module of the package lives in; the package itself is `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(source: str, *, top_only: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import; `from a import b` counts as `a.b`.

    With `top_only`, imports inside functions and under `if TYPE_CHECKING:` are left out: these cost
    nothing when the module is loaded.
    """
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{name.name}") for name in node.names)
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if not (top_only and (lazy or _for_type_checkers(node))):
            pending.extend(ast.iter_child_nodes(node))


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def arrows(module: str, source: str) -> list[str]:
    """Find imports that no arrow of the house allows."""
    allowed = SEES.get(ring(module))
    if allowed is None:
        return [f"1: {module} lives in no ring of the house"]
    findings = []
    for line, name in imports(source):
        if name.startswith("."):
            findings.append(f"{line}: relative import {name}")
        elif name.split(".")[0] == PACKAGE and not _seen(module, name, allowed):
            findings.append(f"{line}: {module} may not import {name}")
    return findings


def _seen(module: str, name: str, allowed: frozenset[str]) -> bool:
    inner = name.removeprefix(PACKAGE).lstrip(".")
    if any(f"{inner}.".startswith(f"{room}.") for room in allowed):
        return True
    if ring(module) != "flows":
        return False
    leaf = module.startswith("pipeline.flows.steps.")
    if leaf:  # the body of a step may share code with bodies, never with flows
        return inner.startswith(("flows.steps.", "page."))
    return inner == FLOWS_MAY_RENDER or inner.startswith(f"{FLOWS_MAY_RENDER}.")


def circles(sources: Mapping[str, str]) -> list[str]:
    """Find modules that import each other in a circle, as `a -> b -> a`."""
    graph = {
        module: {_module(name, sources) for _, name in imports(source)} - {module, None}
        for module, source in sources.items()
    }
    found: set[tuple[str, ...]] = set()
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            circle = path[path.index(module) :]
            start = circle.index(min(circle))
            found.add((*circle[start:], *circle[:start]))
        elif module not in done:
            for target in sorted(filter(None, graph[module])):
                walk(target, (*path, module))
            done.add(module)

    for module in sorted(graph):
        walk(module, ())
    return [" -> ".join((*circle, circle[0])) for circle in sorted(found)]


def _module(name: str, sources: Mapping[str, str]) -> str | None:
    while name and name not in sources:
        name = name.rpartition(".")[0]
    return None if name in ("", PACKAGE) else name


def heavy(source: str) -> list[str]:
    """Find heavy libraries that are loaded with the module."""
    return [
        f"{line}: {name} is loaded before any task is asked for"
        for line, name in imports(source, top_only=True)
        if name.split(".")[0] in HEAVY
    ]


def relative(file: Path, root: Path = ROOT) -> PurePosixPath:
    """Return a file's path as findings name it."""
    return PurePosixPath(file.relative_to(root).as_posix())
