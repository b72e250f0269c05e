"""Gate `anchor`: where it is asked for, a deleted failure must show."""

from __future__ import annotations

from pipeline.core.gates import GATES
from tests.core.gates.cases import ask, case, told
from tests.core.gates.signed import LADDER, STAGES, STRICT, ladder


def test_an_anchor_passes_also_where_it_is_required() -> None:
    for policy in (STRICT, None):
        found = ask("anchor", anchored=True, promotion=policy)
        assert told(found) == [("anchor.kept", "passes")]


def test_no_anchor_is_noted_where_nobody_requires_one() -> None:
    assert told(ask("anchor")) == [("anchor.none", "notes")]
    assert told(ask("anchor", promotion=None)) == [("anchor.none", "notes")]


def test_no_anchor_holds_where_the_policy_requires_one() -> None:
    assert told(ask("anchor", promotion=STRICT)) == [("anchor.none", "holds")]


def test_no_anchor_holds_a_stage_that_declares_one() -> None:
    anchored = ladder([STAGES[0], STAGES[1] | {"anchor": True}])
    found = list(GATES["anchor"](case("boil", ladder=anchored, stage=anchored.stage("boil"))))
    assert told(found) == [("anchor.none", "holds")]
    assert not LADDER.stage("boil").anchor
