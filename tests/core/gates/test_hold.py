"""Gate `hold`: what somebody holds by name takes no release, until it is lifted by name."""

from __future__ import annotations

import pytest

from pipeline.core.gates import Verdict, decide
from tests.core.gates.cases import ask, case, held, told
from tests.core.gates.signed import LADDER


def test_a_target_that_nobody_ever_held_goes_on() -> None:
    assert told(ask("hold")) == [("hold.none", "passes")]


@pytest.mark.parametrize("stage", [stage.id for stage in LADDER.stages])
def test_a_hold_stops_every_stage_and_says_who_when_why_and_what_lifts_it(stage: str) -> None:
    entry = held("hold")
    (finding,) = ask("hold", stage, hold=entry)
    assert told([finding]) == [("hold.held", "holds")]
    for word in ("pot", "Ada <ada@example.invalid>", "2026-05-31T12:00:00Z", "the pot leaks"):
        assert word in finding.what
    assert finding.command == "invoke hold --target pot --lift --reason TEXT"
    assert finding.evidence == (str(entry.bundle_digest),)
    assert decide(case(stage, hold=entry)).verdict is Verdict.HOLD


def test_a_lifted_hold_goes_on_and_says_who_lifted_it() -> None:
    (finding,) = ask("hold", hold=held("lift", number=2))
    assert told([finding]) == [("hold.lifted", "passes")]
    assert "by Ada" in finding.what
    assert decide(case(hold=held("lift", number=2))).verdict is Verdict.PROCEED


@pytest.mark.parametrize("action", ["hold", "lift"])
def test_an_entry_about_another_target_lifts_nothing_here(action: str) -> None:
    assert told(ask("hold", hold=held(action, target="cup"))) == [("hold.held", "holds")]
