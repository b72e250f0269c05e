"""Breaking one field of one policy holds the release, for that reason and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.core.policies import FAMILIES, ReleaseApproval
from tests.docs.model_fields import paths
from tests.policies_broken.bases import BASES
from tests.policies_broken.driver import Templates, go_on, reconfigure
from tests.policies_broken.table_records import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.policies_broken.table import Row

EXEMPT = {"notes"}
"""Words for people: nothing reads them, so nothing can be held by them."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("bakeries"))


def name(row: Row) -> str:
    return f"{row.family}.{row.field}"


def version(row: Row) -> str:
    return "1.1" if BASES[row.base].second else "1.0" if BASES[row.base].tagged else ""


def test_every_field_of_every_policy_has_a_row() -> None:
    fields = {
        (family, path.removeprefix("policies[]."))
        for family, model in FAMILIES.items()
        for path in paths(model)
        if path.startswith("policies[].")
    }
    fields |= {("approval", path) for path in paths(ReleaseApproval)}
    rows = {(row.family, row.field) for row in ROWS}
    assert rows == {one for one in fields if one[1] not in EXEMPT}


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_broken_field_holds_for_that_reason(
    row: Row, templates: Templates, tmp_path: Path
) -> None:
    upto = "" if row.code == 13 else row.after
    root = templates.copy(row.base, upto, tmp_path / "bakery")
    reconfigure(root, row.base, row.beside, {row.family: row.broken}, commit=row.code == 10)
    said = go_on(root, row.base, version(row), nods=row.nods, waits=row.waits, then=row.then)
    assert said.code == row.code, said
    assert row.words in said.words
    assert set(said.found) - set(before(row, templates, tmp_path)) == set(row.found), said
    assert row.at in {None, said.at}


_before: dict[tuple[str, ...], tuple[str, ...]] = {}


def before(row: Row, templates: Templates, tmp_path: Path) -> tuple[str, ...]:
    """Return what holds without the break: after a live effect, that policies changed at all."""
    if row.code == 13:
        return ()
    gone_live = row.after in {"serve", "taste"}
    key = (row.base, row.after, repr(row.beside), row.family if gone_live else row.then)
    if key not in _before:
        root = templates.copy(row.base, row.after, tmp_path / "unbroken")
        notes = {row.family: {"notes": "other words"}}
        reconfigure(root, row.base, row.beside, notes)
        _before[key] = go_on(root, row.base, version(row), nods=row.nods, then=row.then).found
    return _before[key]
