"""Gate `imports`: what is taken from another ladder must be verified there."""

from __future__ import annotations

import dataclasses

from tests.core.gates.cases import ask, evidence, told
from tests.core.gates.signed import STAGES, ladder, passed

TAKING = ladder([STAGES[0] | {"imports": {"ladder": "samovar", "stage": "brew"}}, *STAGES[1:]])


def test_a_ladder_that_makes_its_own_artifacts_imports_nothing() -> None:
    assert ask("imports") == []
    assert ask("imports", imports_missing="nobody asks") == []


def test_a_verified_result_of_the_other_ladder_passes_and_is_named() -> None:
    brewed = passed("taste", reason="brewed elsewhere")
    taken = dataclasses.replace(evidence(), imported=(brewed,))
    for name in ("taste", "pour"):
        found = ask("imports", ladder=TAKING, stage=TAKING.stage(name), evidence=taken)
        assert told(found) == [("imports.verified", "passes")]
        assert found[0].evidence == (str(brewed.digest),)


def test_a_result_that_cannot_be_had_holds_every_stage_and_says_how_to_get_it() -> None:
    for name in ("taste", "pour"):
        stage = TAKING.stage(name)
        found = ask("imports", ladder=TAKING, stage=stage, imports_missing="it was never begun")
        assert told(found) == [("imports.missing", "holds")]
        assert "it was never begun" in found[0].what
        assert found[0].command == "invoke promote --ladder samovar --stage brew"
