"""Gate `window`: nothing goes live while the target is frozen."""

from __future__ import annotations

import pytest

from pipeline.core.config import TargetConfig
from pipeline.core.gates import GATES, Finding
from tests.core.gates.cases import ask, case, told
from tests.core.gates.signed import STAGES, ladder

FROZEN = TargetConfig.from_json(
    {
        "target": "pot",
        "driver": "none",
        "windows": [
            {"reason": "tea time", "from": "2026-06-01T12:00:00Z", "until": "2026-06-01T13:00:00Z"},
            {"reason": "night", "from": "2026-06-01T12:30:00Z", "until": "2026-06-02T06:00:00Z"},
        ],
    }
)


def at(now: str, stage: str = "pour") -> list[Finding]:
    return ask("window", stage, target=FROZEN, now=now)


@pytest.mark.parametrize("now", ["2026-06-01T11:59:59Z", "2026-06-02T06:00:00Z"])
def test_outside_every_window_the_stage_goes_on(now: str) -> None:
    assert told(at(now)) == [("window.open", "passes")]


@pytest.mark.parametrize("now", ["2026-06-01T12:00:00Z", "2026-06-01T12:29:59Z"])
def test_from_its_first_second_a_window_holds_and_says_until_when(now: str) -> None:
    found = at(now)
    assert told(found) == [("window.frozen", "holds")]
    assert "tea time" in found[0].what
    assert found[0].command == "wait until 2026-06-01T13:00:00Z"


def test_two_windows_at_once_are_both_told() -> None:
    assert told(at("2026-06-01T12:30:00Z")) == [("window.frozen", "holds")] * 2


def test_a_stage_without_effect_is_not_frozen() -> None:
    assert at("2026-06-01T12:00:00Z", "boil") == []


def test_a_canary_has_an_effect() -> None:
    trying = ladder([STAGES[1] | {"effect": "canary"}])
    spoilt = case("boil", ladder=trying, stage=trying.stage("boil"), target=FROZEN)
    assert told(list(GATES["window"](spoilt))) == [("window.frozen", "holds")]
