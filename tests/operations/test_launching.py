"""The environment contract, looked at before a deploy, in a project that is really climbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.core.config import TargetConfig
from pipeline.errors import HeldError
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.launching import preflight
from pipeline.operations.workspace import Workspace
from tests.climbing import project

if TYPE_CHECKING:
    from pathlib import Path

TARGET = """\
target: pot
driver: none
environment:
  - {name: TEA_URL}
  - {name: TEA_TOKEN, required: true}
  - {name: TEA_COLOUR, required: false}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tea project, whose pot has a contract that nobody keeps yet."""
    for name in ("TEA_URL", "TEA_TOKEN", "TEA_COLOUR"):
        monkeypatch.delenv(name, raising=False)
    return project.make(tmp_path, targets__pot=TARGET)


def test_stages_without_an_effect_climb_and_the_one_with_it_is_held_before_it_begins(
    root: Path,
) -> None:
    with pytest.raises(HeldError, match="TEA_URL, TEA_TOKEN not set"):
        project.climb(root)
    workspace = Workspace.open(root)
    run = find(workspace, identify(workspace, workspace.ladder(), None))
    assert run is not None
    assert [entry.step_id for entry in run.journal.entries] == ["water/1"] * 2 + ["boil/1"] * 2


def test_it_goes_on_once_the_contract_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HeldError):
        project.climb(root)
    monkeypatch.setenv("TEA_URL", "https://tea.example")
    monkeypatch.setenv("TEA_TOKEN", "secret-leaves")
    assert project.climb(root).did == ("pour",)


def test_an_empty_variable_is_not_set(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEA_URL", "")
    monkeypatch.setenv("TEA_TOKEN", "secret-leaves")
    with pytest.raises(HeldError, match="TEA_URL not set"):
        project.climb(root)


def test_the_command_says_names_never_values_and_exits_10(root: Path) -> None:
    done = project.invoke(root, "promote", "--stage", "pour", TEA_TOKEN="secret-leaves")
    assert done.returncode == 10
    assert "TEA_URL not set" in done.stderr
    told = project.invoke(root, "why", "--stage", "pour", "--json", TEA_TOKEN="secret-leaves")
    assert '"environment.missing"' in told.stdout
    kept = (path for path in (root / "artifacts").rglob("*") if path.is_file())
    said = [done.stdout, done.stderr, told.stdout, *(p.read_text("utf-8", "replace") for p in kept)]
    assert not any("secret-leaves" in text for text in said)


def test_a_target_that_runs_a_service_provides_two_variables_by_itself() -> None:
    contract = [{"name": "RELEASE_LADDER_POSTURE"}, {"name": "RELEASE_LADDER_OPERATOR_SECRET_FILE"}]
    service = {"service": {"command": ["x"]}, "health": {"path": "/"}}
    local = TargetConfig.from_json(
        {"target": "pot", "driver": "local", "environment": contract, **service}
    )
    assert preflight(local).missing(local.environment, required=True) == []
    none = TargetConfig.from_json({"target": "pot", "driver": "none", "environment": contract})
    assert len(preflight(none).missing(none.environment, required=True)) == 2
