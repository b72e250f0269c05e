"""Gate `trust`: production accepts rooted trust alone."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.core.policies import TrustKind
from tests.core.gates.cases import ask, told
from tests.core.gates.signed import BOUND, CONTEXT, STRICT


def test_rooted_trust_passes_everywhere() -> None:
    for policy in (STRICT, None):
        found = ask("trust", promotion=policy, trust_kind=TrustKind.ROOTED)
        assert told(found) == [("trust.rooted", "passes")]


def test_rehearsal_trust_holds_where_the_policy_asks_for_rooted() -> None:
    found = ask("trust", promotion=STRICT)
    assert told(found) == [("trust.not_rooted", "holds")]
    assert found[0].evidence == (BOUND.trust,)


def test_rehearsal_trust_is_accepted_and_noted_where_the_policy_says_so() -> None:
    assert told(ask("trust")) == [("trust.not_rooted", "notes"), ("trust.rehearsal", "passes")]


def test_without_a_policy_rehearsal_trust_is_accepted_by_nobody() -> None:
    assert told(ask("trust", promotion=None)) == [("trust.not_rooted", "notes")]


@pytest.mark.parametrize("called", ["channel", "target"])
def test_what_is_called_production_holds_whatever_its_policy_says(called: str) -> None:
    """The floor: one commit that softens the policy opens nothing."""
    fields = dataclasses.replace(CONTEXT.identity, **{called: "production"})
    context = dataclasses.replace(CONTEXT, run_id=str(fields.run_id), **{called: "production"})
    assert told(ask("trust", context=context)) == [("trust.not_rooted", "holds")]
