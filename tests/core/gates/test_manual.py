"""Gate `manual`: a manual stage wants to be named."""

from __future__ import annotations

from tests.core.gates.cases import ask, told


def test_a_manual_stage_that_was_named_passes() -> None:
    assert told(ask("manual")) == [("manual.named", "passes")]


def test_a_manual_stage_that_nobody_named_holds_and_says_how_to_name_it() -> None:
    found = ask("manual", "bless", named=False)
    assert told(found) == [("manual.not_named", "holds")]
    assert found[0].command == "invoke promote --ladder kettle --stage ok"


def test_a_stage_that_is_not_manual_need_not_be_named() -> None:
    assert ask("manual", "boil", named=False) == []
