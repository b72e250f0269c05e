"""Gate `attempts`: what failed for good, or was given up, is not tried again."""

from __future__ import annotations

from tests.core.gates.cases import ask, told
from tests.core.gates.signed import D


def test_a_stage_without_history_is_not_this_gates_matter() -> None:
    assert ask("attempts") == []


def test_a_final_failure_holds_and_says_why() -> None:
    found = ask("attempts", failed="the water was cold")
    assert told(found) == [("attempts.failed", "holds")]
    assert "the water was cold" in found[0].what
    assert "invoke abandon" in found[0].command
    assert found[0].evidence == ("the log in post-deploy/pour/logs",)


def test_a_release_that_was_given_up_holds_and_stays_claimed() -> None:
    found = ask("attempts", abandoned="no more tea")
    assert told(found) == [("attempts.abandoned", "holds")]
    assert "1.0" in found[0].what
    assert "no more tea" in found[0].what


def test_a_pass_is_told_with_its_result() -> None:
    found = ask("attempts", passed=D)
    assert told(found) == [("attempts.passed", "passes")]
    assert found[0].evidence == (D,)


def test_a_pass_does_not_hide_that_the_release_was_given_up() -> None:
    found = ask("attempts", passed=D, failed="cold", abandoned="enough")
    assert {weight for _, weight in told(found)} == {"holds", "passes"}
    assert len(found) == 3
