"""A stage's statements in few words, and where a person meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.statement import CANARY
from pipeline.flows.status import status
from pipeline.operations.details import detail_of
from pipeline.operations.workspace import Workspace
from tests.climbing import again
from tests.core.gates.signed import approval, believed, canary, passed, ran_tests, smoke


def beside(version: str | None) -> dict[str, Any]:
    compared = {"kind": "released_wheel", "version": version, "digest": None}
    return {**canary().statement.predicate, "baseline": compared}


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ((), ""),
        ((ran_tests(), smoke("passed")), ""),
        ((approval(approver=None),), "local_manual, nobody named"),
        ((approval(approver="Ann"),), "local_manual, by Ann"),
        ((ran_tests(), canary()), "against declared objectives"),
        ((believed(CANARY, beside("1.0")),), "against 1.0"),
        ((believed(CANARY, beside(None)),), "against released wheel"),
        ((canary(), approval(approver="Ann")), "against declared objectives; local_manual, by Ann"),
    ],
)
def test_each_kind_of_statement_has_its_words(statements: tuple[Any, ...], words: str) -> None:
    assert detail_of(passed("boil", *statements)) == words


def test_status_shows_them_under_the_stage(tmp_path: Path) -> None:
    samples = again.sips(0)
    files = {"samples__jsonl": samples.decode(), "canary__json": again.canary_of(samples)}
    root = again.made(tmp_path / "tea", again.JUDGED, upto="sip", **files)
    told = status(Workspace.open(root), ladder=None, release=None)
    details = {stage["id"]: stage.get("detail") for stage in told["stages"]}
    assert details == {"water": "", "boil": "", "sip": "against declared objectives", "pour": None}
