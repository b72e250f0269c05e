"""Imports run one way: errors <- core <- proof <- edges <- operations <- flows <- tasks."""

from __future__ import annotations

import pytest

from tests.house import rings

MODULES = rings.modules()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_along_the_arrows(module: str) -> None:
    assert rings.arrows(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    sources = {name: file.read_text(encoding="utf-8") for name, file in MODULES.items()}
    assert rings.circles(sources) == []


def test_no_task_file_loads_anything_heavy() -> None:
    tasks = [name for name in MODULES if rings.ring(name) == "tasks"]
    findings = {name: rings.heavy(MODULES[name].read_text(encoding="utf-8")) for name in tasks}
    assert {name: found for name, found in findings.items() if found} == {}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("pipeline.errors", "import pipeline.core.canonical"),
        ("pipeline.core.ladder", "from pipeline.edges.store import local"),
        ("pipeline.core.ladder", "from pipeline import edges"),
        ("pipeline.core.ladder", "import pipeline"),
        ("pipeline.core.ladder", "from ..edges import git"),
        ("pipeline.core.ladder", "def f():\n    from pipeline.proof import dsse"),
        ("pipeline.core.ladder", "if TYPE_CHECKING:\n    from pipeline.proof import dsse"),
        ("pipeline.proof.dsse", "from pipeline.edges import files"),
        ("pipeline.edges.git", "from pipeline.operations import step"),
        ("pipeline.operations.seal", "from pipeline.flows import promote"),
        ("pipeline.flows.plan", "from pipeline.flows import promote"),
        ("pipeline.flows.plan", "from pipeline.flows.steps import build"),
        ("pipeline.flows.plan", "from pipeline.tasks import ns"),
        ("pipeline.flows.steps.build", "from pipeline.flows import promote"),
        ("pipeline.page.html", "from pipeline.edges import files"),
        ("pipeline.page.html", "from pipeline.proof import verify"),
        ("pipeline.web.app", "from pipeline.edges import git"),
        ("pipeline.web.app", "from pipeline.edges.storefront import x"),
        ("pipeline.cellar.wine", "import os"),
        ("pipeline", "from pipeline import errors"),
    ],
)
def test_a_wrong_arrow_is_found(module: str, line: str) -> None:
    assert len(rings.arrows(module, line)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("pipeline.core.ladder", "from pipeline import errors"),
        ("pipeline.core.ladder", "from pipeline.core.release import Phase"),
        ("pipeline.edges.store.local", "from pipeline.errors import Conflict"),
        ("pipeline.flows.promote", "from pipeline.operations import seal"),
        ("pipeline.flows.assurance", "from pipeline.page import html"),
        ("pipeline.flows.steps.build", "from pipeline.operations.step_io import Step"),
        ("pipeline.web.app", "from pipeline.edges.store import local"),
        ("pipeline.tasks.everyday", "from pipeline.flows import promote"),
        ("pipeline.__main__", "from pipeline.tasks import ns"),
        ("pipeline.core.ladder", "import pipelines"),
    ],
)
def test_a_right_arrow_is_let_be(module: str, line: str) -> None:
    assert rings.arrows(module, line) == []


def test_a_circle_is_found_however_long_and_named_once() -> None:
    sources = {
        "pipeline.core.a": "from pipeline.core import b",
        "pipeline.core.b": "from pipeline.core.c import thing",
        "pipeline.core.c": "def late():\n    import pipeline.core.a",
        "pipeline.core.d": "import pipeline.core.a",
    }
    expected = ["pipeline.core.a -> pipeline.core.b -> pipeline.core.c -> pipeline.core.a"]
    assert rings.circles(sources) == expected
    assert rings.circles({**sources, "pipeline.core.c": ""}) == []


def test_a_heavy_library_is_found_at_the_top_and_let_be_where_it_is_used() -> None:
    assert len(rings.heavy("import rich.console")) == 1
    assert (
        len(rings.heavy("try:\n    from pydantic import BaseModel\nexcept ImportError: pass")) == 1
    )
    assert rings.heavy("def task():\n    import rich") == []
    assert rings.heavy("if TYPE_CHECKING:\n    import rich") == []
    assert rings.heavy("import json, invoke") == []


def test_the_package_was_found() -> None:
    assert {"pipeline", "pipeline.errors"} <= set(MODULES)
