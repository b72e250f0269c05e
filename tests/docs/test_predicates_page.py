"""docs/predicates.md has every field of every predicate of our own, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from pipeline.core import provenance, statement
from pipeline.core.predicates.canary import JudgeVerdict
from pipeline.core.predicates.table import OWN_PREDICATES
from pipeline.core.statement import slug
from pipeline.flows.steps.checks import CHECKS
from tests.docs import pages
from tests.docs.model_fields import paths
from tests.docs.tables import column, section

if TYPE_CHECKING:
    from pipeline.core.model import Model

TEXT = (pages.ROOT / "docs" / "predicates.md").read_text("utf-8")
FOREIGN = (
    statement.PROVENANCE,
    statement.SBOM,
    statement.VULNERABILITIES,
    statement.TEST_RESULT,
    statement.RELEASE,
    statement.VSA,
)

HERE = {kind: model for kind, model in OWN_PREDICATES.items() if kind not in statement.RECORDS}
"""The records have a page of their own."""


@pytest.mark.parametrize(("kind", "model"), HERE.items(), ids=str)
def test_a_predicate_is_described_field_by_field(kind: str, model: type[Model]) -> None:
    heading = slug(kind)
    assert column(TEXT, heading) == paths(model)
    assert kind in section(TEXT, heading)


def test_a_field_too_few_or_too_many_would_be_seen() -> None:
    (kind, model), *_ = OWN_PREDICATES.items()
    cut = TEXT.replace("| `begin` |", "| begin |")
    assert column(cut, slug(kind)) != paths(model)


def test_the_checks_and_verdicts_of_the_page_are_those_of_the_code() -> None:
    (line,) = [row for row in TEXT.splitlines() if row.startswith("| `checks[].id` | `digests`")]
    assert re.findall(r"`(\w+)`", line.split("|")[2]) == list(CHECKS)
    (line,) = [row for row in TEXT.splitlines() if row.startswith("| `verdict` | `PASS`")]
    assert re.findall(r"`(\w+)`", line.split("|")[2])[:3] == list(get_args(JudgeVerdict))


def test_types_and_addresses_of_the_page_are_those_of_the_code() -> None:
    assert set(column(TEXT, "Foreign types")) == set(FOREIGN)
    assert provenance.TWICE_BUILT in section(TEXT, "distributions")
    assert provenance.IMPORTED in section(TEXT, "imported")
    assert column(TEXT, "Builders")[1] == provenance.LOCAL_BUILDER


def test_the_provenance_of_the_page_is_the_one_that_is_made() -> None:
    made = provenance.Build(
        build_type=provenance.TWICE_BUILT,
        builder=provenance.LOCAL_BUILDER,
        external={},
        internal={},
        invocation="",
        started="",
        finished="",
    ).to_predicate()
    run = made["runDetails"]
    said = {name for name in column(TEXT, "distributions") if name.startswith("runDetails.")}
    assert said == {"runDetails.builder.id"} | {
        f"runDetails.metadata.{name}" for name in run["metadata"]
    }
    body = (pages.ROOT / "pipeline/flows/steps/build.py").read_text("utf-8")
    for name in column(TEXT, "distributions"):
        outer, _, inner = name.partition(".")
        if outer in {"externalParameters", "internalParameters"}:
            assert f'"{inner}"' in body, name
