"""Gate `policy`: a target without a promotion policy stays shut."""

from __future__ import annotations

from tests.core.gates.cases import ask, told
from tests.core.gates.signed import BOUND


def test_a_policy_that_names_the_target_passes() -> None:
    found = ask("policy")
    assert told(found) == [("policy.found", "passes")]
    assert found[0].evidence == (BOUND.policies,)


def test_an_empty_policy_denies_and_says_where_to_write_one() -> None:
    found = ask("policy", promotion=None)
    assert told(found) == [("policy.none", "holds")]
    assert "'pot'" in found[0].what
    assert found[0].evidence == ("config/policies/promotion.yaml",)
