"""What core, proof and page may not touch: files, clock, environment, chance, other processes."""

from __future__ import annotations

import ast

from tests.house import rings

PURE = frozenset({"core", "proof", "page"})

MODULES = frozenset(
    {
        *(
            "asyncio",
            "ctypes",
            "fcntl",
            "getpass",
            "glob",
            "http",
            "httpx",
            "io",
            "locale",
            "logging",
        ),
        *("multiprocessing", "os", "platform", "random", "requests", "secrets", "select", "shutil"),
        *(
            "signal",
            "socket",
            "ssl",
            "subprocess",
            "sys",
            "tempfile",
            "threading",
            "time",
            "urllib3",
        ),
        "urllib.request",
    }
)
"""Libraries whose use is I/O, the clock, the environment or chance."""

CALLS = frozenset({"open", "input", "print", "breakpoint", "exec", "eval", "__import__"})

METHODS = frozenset(
    {
        *("getenv", "cwd", "home", "uuid1", "uuid4"),
        *("read_text", "read_bytes", "write_text", "write_bytes", "exists", "is_file", "is_dir"),
        *("is_symlink", "iterdir", "rglob", "mkdir", "rmdir", "unlink", "touch", "stat", "lstat"),
        *("chmod", "resolve", "samefile", "symlink_to", "hardlink_to", "expanduser", "absolute"),
    }
)
"""Names of methods that are I/O wherever they are named (pathlib)."""

CLOCKS = frozenset({"now", "utcnow", "today"})
"""Names that tell the time when called, or when taken from these classes; `now` may be a field."""

TIMES = frozenset({"datetime", "date"})

PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"})
"""Only pure paths (PurePosixPath) are values."""


def impurities(source: str) -> list[str]:
    """Find what a pure module may not do, as `line: what`."""
    findings = [
        f"{line}: imports {name}"
        for line, name in rings.imports(source)
        if name in PATHS or any(f"{name}.".startswith(f"{banned}.") for banned in MODULES)
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            findings.append(f"{node.lineno}: calls {node.func.id}")
        elif isinstance(node, ast.Call) and _attribute(node.func) in CLOCKS:
            findings.append(f"{node.lineno}: asks {ast.unparse(node.func)}")
        elif isinstance(node, ast.Attribute) and (node.attr in METHODS or _of_path_or_clock(node)):
            findings.append(f"{node.lineno}: uses {ast.unparse(node)}")
    return sorted(set(findings))


def _attribute(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else None


def _of_path_or_clock(node: ast.Attribute) -> bool:
    owner = ast.unparse(node.value).rpartition(".")[2]
    return ast.unparse(node) in PATHS or (node.attr in CLOCKS and owner in TIMES)
