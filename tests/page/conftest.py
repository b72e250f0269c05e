"""The posture that the page is tested with, and golden files, written anew only when asked for."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.page import document as posture_document

Put = Callable[[dict[str, Any], tuple[Any, ...], object], dict[str, Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a wanted change of the page be written into its golden files."""
    parser.addoption(
        "--page-golden-write", action="store_true", help="rewrite the page's golden files"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], str]:
    """Read what the golden file says; writes it first when asked to."""
    write = request.config.getoption("--page-golden-write", default=False)

    def read(path: Path, text: str) -> str:
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        return path.read_bytes().decode("utf-8")

    return read


@pytest.fixture
def document() -> dict[str, Any]:
    """Load a posture of three targets: one proven locally, one held, one not begun."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "posture.json").read_bytes())
    return loaded


@pytest.fixture
def proven_in_production(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Leave the proven target alone in the document, as one that may claim production.

    Nothing may claim it yet: this is the software as it will be when trust can be rooted.
    """
    monkeypatch.setattr(posture_document, "ROOTED_TRUST", True)
    target: dict[str, Any] = document["targets"][0]
    target |= {"origin_class": "live_workflow_backed", "production_ready": True}
    document["targets"] = [target]
    return target


@pytest.fixture
def put() -> Put:
    """Change one value deep inside a copy of a document."""

    def change(document: dict[str, Any], path: tuple[Any, ...], value: object) -> dict[str, Any]:
        changed = copy.deepcopy(document)
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        return changed

    return change
