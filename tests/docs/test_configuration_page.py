"""docs/configuration.md has every field with its default, and its examples load."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from pipeline.core.baseline.model import Baseline
from pipeline.core.config import Project, TargetConfig, TrustConfig
from pipeline.core.crosscheck_production import (
    ADOPTION,
    APPROVAL,
    AUTHORITY,
    EXECUTION,
    PROMOTION,
    SIGNED,
)
from pipeline.core.crosscheck_production_limits import (
    FEWEST_SAMPLES,
    LONGEST_APPROVAL,
    MOST,
    NEVER_EXCEPTED,
)
from pipeline.core.ladder import Ladder
from pipeline.core.policies import FAMILIES, IdentityClaim, ReleaseApproval
from pipeline.core.registry import Registry
from pipeline.core.reviews.model import Reviews
from pipeline.edges import configuration
from pipeline.edges.yaml import read
from pipeline.tasks import STEPS
from tests.climbing import project
from tests.docs import pages
from tests.docs.model_fields import default, fields
from tests.docs.tables import column, rows

if typing.TYPE_CHECKING:
    from pipeline.core.model import Model

TEXT = (pages.ROOT / "docs" / "configuration.md").read_text("utf-8")
MODELS: dict[str, type[Model]] = {
    "pipeline.yaml": Project,
    "ladders": Ladder,
    "targets": TargetConfig,
    "trust.yaml": TrustConfig,
    "approvals": ReleaseApproval,
    "registry.yaml": Registry,
    "baseline.yaml": Baseline,
    "reviews.yaml": Reviews,
    **FAMILIES,
}
"""Heading → model."""
SHIPPED = {
    f"{module.ns.name}.{name}"
    for module in STEPS
    for name in module.ns.task_names
    if "(a step of a ladder)" in str(module.ns[name].__doc__)
}
WORDS = {"none", "any", "the id", ""}
"""How the page writes a default that is empty, or made of the defaults inside it."""


def examples() -> dict[str, str]:
    """Return the page's YAML by the path in its first line."""
    found = {}
    for block in pages.FENCE.finditer(TEXT):
        if block["language"] == "yaml":
            named = re.match(r"# (config/\S+\.yaml)\n", block["body"])
            assert named, f"no file is named: {block['body'][:60]}"
            found[named[1]] = block["body"]
    return found


@pytest.mark.parametrize(("heading", "model"), MODELS.items(), ids=list(MODELS))
def test_every_field_is_described_with_its_default(heading: str, model: type[Model]) -> None:
    said = {
        cells[0].strip("`"): cells[1].strip("`")
        for cells in rows(TEXT, heading)
        if cells[0].startswith("`") and cells[0].strip("`") not in SHIPPED
    }
    known = {path: default(path, field) for path, field in fields(model)}
    assert set(said) == set(known)
    wrong = {
        path: (said[path], value)
        for path, value in known.items()
        if (said[path] not in WORDS if value is None else said[path] != value)
    }
    assert wrong == {}


@pytest.mark.parametrize(("heading", "model"), MODELS.items(), ids=list(MODELS))
def test_every_word_that_a_field_may_have_is_named(heading: str, model: type[Model]) -> None:
    """In the field's row, or in the example above it."""
    found = re.search(
        rf"^##+ {re.escape(heading)}\n(?P<body>.*?)(?=^###? |\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
    assert found
    told = set(re.findall(r"[\w-]+", found["body"]))
    for path, field in fields(model):
        assert set(choices(field.annotation)) <= told, path


def choices(annotation: object) -> Iterator[str]:
    """Yield the words that a field, or each item of its list, may be."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation
    if typing.get_origin(annotation) is not dict:
        for argument in typing.get_args(annotation):
            yield from choices(argument)


def test_the_floor_of_production_is_that_of_the_code() -> None:
    said = {
        cells[0].strip("`"): re.findall(r"`(\w+): (\w+)`", cells[1])
        for cells in rows(TEXT, "What is called production")
        if cells[0].startswith("`")
    }
    wanted: dict[str, Mapping[str, object]] = {
        "promotion": PROMOTION,
        "approvals": {**APPROVAL, **EXECUTION},
        "approval_authority": AUTHORITY,
        "adoption": ADOPTION,
        **SIGNED,
    }
    assert said == {
        name: [
            (field, str(value).lower() if value is True else value)
            for field, value in floor.items()
        ]
        for name, floor in wanted.items()
    }


def test_the_limits_of_production_are_those_of_the_code() -> None:
    body = TEXT.partition("### What is called production\n")[2].partition("\n## ")[0]
    for words in (*map('"{}"'.format, MOST.values()), LONGEST_APPROVAL, f"least {FEWEST_SAMPLES}"):
        assert words in body
    assert all(f"`{family.removesuffix('.')}`" in body for family in NEVER_EXCEPTED)


def test_the_claims_of_the_page_are_those_of_the_code() -> None:
    assert column(TEXT, "Claims") == list(IdentityClaim)


def test_the_shipped_steps_of_the_page_are_those_of_the_collection() -> None:
    assert SHIPPED
    assert {name for name in column(TEXT, "ladders") if name in SHIPPED} == SHIPPED


def test_the_examples_load_together_as_one_project(tmp_path: Path) -> None:
    for name, text in examples().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    loaded = configuration.load(tmp_path)
    assert [stage.alias for stage in loaded.ladders["staging"].stages] == ["build", "go_live"]
    assert loaded.policies.verification[0].advisories.exceptions[0].owner == "ada"
    assert loaded.trust.principals[0].name == "ada"
    assert {name for name in FAMILIES if loaded.policies.for_target("staging").of(name)} == set(
        FAMILIES
    )
    assert loaded.registry.proofs("staging")[0].proof
    assert loaded.baseline.inputs[1].accepted
    assert loaded.reviews.reviews[0].findings[1].accepted
    assert loaded.policies.approvals[0].gate == loaded.ladders["staging"].gate


def test_what_the_page_calls_a_fault_is_one_and_ends_with_13(tmp_path: Path) -> None:
    spoilt = examples()["config/pipeline.yaml"] + "stor: x\n"
    done = project.invoke(project.make(tmp_path / "tea", pipeline=spoilt), "check")
    assert done.returncode == 13
    assert re.search(r"config/pipeline\.yaml:7:1: stor: .*allowed", done.stderr)


@pytest.mark.parametrize("text", ["on", "yes", "010", "1:30", "2030-01-01", "&a b", "!!str b"])
def test_what_yaml_can_do_beyond_plain_values_is_a_fault(text: str) -> None:
    assert read("plain.yaml", b"reason: plain words\n").faults == []
    assert read("odd.yaml", f"reason: {text}\n".encode()).faults != []
