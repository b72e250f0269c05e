from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pipeline.core.policies import FAMILIES
from pipeline.core.schema import MODELS, schemas
from pipeline.errors import EnvironmentFailedError
from pipeline.flows.check import check, write_schemas
from tests import policies
from tests.edges import projects

SHIPPED = Path(__file__).parents[2]
TASKS = {"tea.fill": {"litres"}, "tea.boil": set[str](), "tea.pour": {"cups"}}


def known(name: str, arguments: dict[str, Any]) -> list[str]:
    """Answer as the loaded collection would."""
    if name not in TASKS:
        return [f"there is no task {name!r}; allowed: {', '.join(TASKS)}"]
    wrong = sorted(set(arguments) - TASKS[name])
    return [f"the task {name!r} has no argument {argument!r}" for argument in wrong]


def test_a_sound_project_has_no_problem_and_its_digests(tmp_path: Path) -> None:
    report = check(projects.write(tmp_path), known)
    assert report.ok
    assert report.problems == ()
    told = report.to_dict()
    assert told["ok"] is True
    assert set(told["digests"]) == {
        "pipeline",
        "ladders/kettle",
        "targets/pot",
        "policies",
        "trust",
        "registry",
        "baseline",
        "reviews",
    }


def test_steps_must_name_tasks_and_arguments_that_are_there(tmp_path: Path) -> None:
    ladder = projects.FILES["ladders/kettle"]
    ladder = ladder.replace("task: tea.boil", "task: tea.boyl").replace(
        "{litres: 1}", "{litres: 1, litre: 2, hot: true}"
    )
    report = check(projects.write(tmp_path, ladders__kettle=ladder), known)
    assert report.problems == (
        (
            "config/ladders/kettle.yaml:8:48: stages[0].steps[0].with.litre: the task "
            "'tea.fill' has no argument 'litre'"
        ),
        (
            "config/ladders/kettle.yaml:8:58: stages[0].steps[0].with.hot: the task "
            "'tea.fill' has no argument 'hot'"
        ),
        (
            "config/ladders/kettle.yaml:13:20: stages[1].steps[0].task: there is no task "
            "'tea.boyl'; allowed: tea.fill, tea.boil, tea.pour"
        ),
    )
    assert report.to_dict()["digests"] == {}


def test_tasks_are_looked_at_also_where_other_things_are_wrong(tmp_path: Path) -> None:
    ladder = projects.FILES["ladders/kettle"].replace("task: tea.pour", "task: tea.spill")
    report = check(projects.write(tmp_path, ladders__kettle=ladder, pipeline="projekt: x\n"), known)
    files = {problem.partition(":")[0] for problem in report.problems}
    assert files == {"config/ladders/kettle.yaml", "config/pipeline.yaml"}


def test_without_a_collection_tasks_are_not_looked_at(tmp_path: Path) -> None:
    ladder = projects.FILES["ladders/kettle"].replace("task: tea.pour", "task: tea.spill")
    assert check(projects.write(tmp_path, ladders__kettle=ladder)).ok


def test_the_schemas_accept_what_is_shipped_and_refuse_what_is_misspelt(tmp_path: Path) -> None:
    written = {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in write_schemas(tmp_path / "new" / "folder")
    }
    assert set(written) == {f"{kind}.schema.json" for kind in MODELS}
    files = {
        "pipeline": "pipeline",
        "trust": "trust",
        "ladders/staging": "ladder",
        "ladders/production": "ladder",
        "targets/staging": "target",
        "targets/production": "target",
        "approvals/staging": "approval",
        "approvals/production": "approval",
        **{f"policies/{family}": family for family in FAMILIES},
    }
    for name, kind in files.items():
        value = yaml.safe_load((SHIPPED / "config" / f"{name}.yaml").read_text(encoding="utf-8"))
        schema = written[f"{kind}.schema.json"]
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(value, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, "surprise": 1}, schema)


def test_the_schemas_refuse_what_the_models_refuse() -> None:
    ladder = yaml.safe_load((SHIPPED / "config/ladders/staging.yaml").read_text(encoding="utf-8"))
    schema = schemas()["ladder.schema.json"]
    for field, value in {
        "id": "../x",
        "phase": "later",
        "timeout": 600,
        "steps": [],
        "emits": ["x"],
        "manual": "yes",
        "alias": "",
    }.items():
        ladder["stages"][0] = {**ladder["stages"][0], field: value}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(ladder, schema)
        ladder["stages"][0].pop(field)


def test_the_schemas_beside_the_configuration_are_those_of_the_models() -> None:
    for name, schema in schemas().items():
        checked_in = (SHIPPED / "config/schemas" / name).read_text(encoding="utf-8")
        assert json.loads(checked_in) == schema


def test_a_folder_that_cannot_be_written_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentFailedError):
        write_schemas(tmp_path / "file" / "below")


@pytest.mark.parametrize("called", ["channel", "target"])
def test_what_is_called_production_cannot_be_made_easy(tmp_path: Path, called: str) -> None:
    """One commit that softens the policy of production is no valid configuration."""
    was = {"channel": "channel: home", "target": "target: pot"}[called]
    ladder = projects.FILES["ladders/kettle"].replace(was, f"{called}: production")
    files: dict[str, str | None] = {"ladders__kettle": ladder}
    if called == "target":
        files |= {
            "targets__pot": None,
            "targets__production": "target: production\ndriver: none\n",
            "policies__promotion": policies.family("promotion", policies.promotion("production")),
            "approvals__pot": None,
        }
    report = check(projects.write(tmp_path, **files))
    told = [problem for problem in report.problems if "is called production" in problem]
    assert len(told) == 6
    assert all(f": {called}: the promotion policy of what" in problem for problem in told)
