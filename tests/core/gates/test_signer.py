"""Gate `signer`: another signer than the expected one holds, each for its own reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.gates import Verdict, decide
from pipeline.core.statement import TEST_RESULT
from tests.core.gates.cases import ask, case, told
from tests.core.gates.launches import KNOWN, LAUNCH, SIGNER
from tests.core.gates.signed import EARLIER, NOW

if TYPE_CHECKING:
    from pipeline.core.gates import Finding

OTHER = str(Digest.of(b"another key"))


def launch(**changes: Any) -> Any:  # noqa: ANN401 - fields of a case
    return LAUNCH.model_copy(update={"signer": SIGNER.model_copy(update=changes)})


def at(**changes: Any) -> list[Finding]:  # noqa: ANN401 - as above
    return ask("signer", "boil", launch=launch(**changes))


def test_rule_1_a_signer_that_nobody_looked_at_holds() -> None:
    unseen = LAUNCH.model_copy(update={"signer": None})
    assert told(ask("signer", launch=unseen)) == [("signer.unknown", "holds")]


def test_rule_2_before_the_first_run_there_is_nothing_to_compare() -> None:
    nothing = at(expected=None, local=None, known=None, proven=None)
    assert told(nothing) == [("signer.new", "passes")]


@pytest.mark.parametrize("has", [OTHER, None])
def test_rule_3_a_checkout_with_another_key_or_none_holds(has: str | None) -> None:
    (finding,) = found = at(local=has, proven=None)
    assert told(found) == [("signer.other", "holds")]
    assert str(SIGNER.expected) in finding.what


def test_rule_4_a_key_that_trust_does_not_know_holds() -> None:
    assert told(at(known=None)) == [("signer.untrusted", "holds")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revoked": True}, "revoked"),
        ({"valid_until": NOW}, "was valid until"),
        ({"valid_from": "2026-06-01T12:00:01Z"}, "is valid from"),
    ],
)
def test_rule_4_a_key_that_does_not_count_now_holds(changes: dict[str, Any], words: str) -> None:
    (finding,) = found = at(known=KNOWN.model_copy(update=changes))
    assert told(found) == [("signer.not_valid", "holds")]
    assert words in finding.what


def test_rule_4_the_first_second_counts_and_the_last_is_before_the_end() -> None:
    edge = KNOWN.model_copy(update={"valid_from": NOW, "valid_until": "2026-06-01T12:00:01Z"})
    assert told(at(known=edge)) == [("signer.proven", "passes")]
    assert edge.why_not(EARLIER)


def test_rule_5_a_key_of_another_principal_holds() -> None:
    (finding,) = found = at(principal="release-workflow")
    assert told(found) == [("signer.principal", "holds")]
    assert "local's, not release-workflow's" in finding.what
    assert told(at(principal="local")) == [("signer.proven", "passes")]


def test_rule_6_a_key_without_the_role_for_what_the_stage_signs_holds() -> None:
    (finding,) = found = at(unable=(TEST_RESULT,))
    assert told(found) == [("signer.role", "holds")]
    assert TEST_RESULT in finding.what


def test_rule_7_a_signer_that_has_proven_to_hold_another_key_holds() -> None:
    assert told(at(proven=OTHER)) == [("signer.proof", "holds")]


def test_rule_7_without_a_signer_process_the_public_half_is_compared_and_it_says_so() -> None:
    (finding,) = found = at(proven=None)
    assert told(found) == [("signer.compared", "passes")]
    assert "the public half alone was compared" in finding.what


@pytest.mark.parametrize(
    "changes",
    [{"local": OTHER}, {"known": None}, {"proven": OTHER}, {"principal": "x"}, {"unable": ("x",)}],
)
def test_a_wrong_signer_alone_holds_a_release_about_which_nothing_else_is_wrong(
    changes: dict[str, Any],
) -> None:
    decision = decide(case(launch=launch(**changes)))
    assert decision.verdict is Verdict.HOLD
    assert {finding.id.partition(".")[0] for finding in decision.holds} == {"signer"}
