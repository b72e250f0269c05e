"""A file has at most 300 lines, a function body at most 40: what outgrows that becomes a folder."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house import rings

FILE_LINES = 300
BODY_LINES = 40

FILES = sorted(
    file
    for pattern in ("pipeline/**/*.py", "tests/**/*.py", "*.py")
    for file in rings.ROOT.glob(pattern)
)


def overruns(source: str) -> list[str]:
    """Find what is too long; a body is counted from its first statement, docstring excluded."""
    findings = []
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        findings.append(f"{lines} lines in the file")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > BODY_LINES:
                findings.append(f"{node.lineno}: {length} lines in the body of {node.name}")
    return findings


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(rings.relative(file)))
def test_a_file_keeps_its_budget(file: Path) -> None:
    assert overruns(file.read_text(encoding="utf-8")) == []


def test_a_file_that_is_too_long_is_found() -> None:
    assert overruns("x = 1\n" * 300) == []
    assert overruns("x = 1\n" * 301) == ["301 lines in the file"]


@pytest.mark.parametrize("word", ["def", "async def"])
def test_a_body_that_is_too_long_is_found_wherever_it_is(word: str) -> None:
    def written(count: int) -> str:
        return f'class A:\n    {word} f(self):\n        """Text\n\n        more."""\n' + (
            "        x = 1\n" * count
        )

    assert overruns(written(40)) == []
    assert overruns(written(41)) == ["2: 41 lines in the body of f"]
    assert overruns('def f():\n    """Only words."""\n') == []
