"""Gate `order`: no rung is skipped."""

from __future__ import annotations

from tests.core.gates.cases import ask, evidence, told


def test_every_earlier_pass_lets_the_stage_go_on_and_is_named() -> None:
    found = ask("order")
    assert told(found) == [("order.climbed", "passes")]
    assert found[0].evidence == tuple(str(item.digest) for item in evidence().stages)


def test_the_lowest_stage_has_nothing_below_it() -> None:
    assert told(ask("order", "taste")) == [("order.climbed", "passes")]


def test_a_missing_earlier_pass_holds_and_the_command_climbs_to_the_last_of_them() -> None:
    found = ask("order", missing=("boil", "bless"))
    assert told(found) == [("order.not_climbed", "holds")]
    assert "boil, bless" in found[0].what
    assert found[0].command == "invoke promote --ladder kettle --stage ok"
