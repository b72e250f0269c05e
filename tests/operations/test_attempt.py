"""What an attempt is told: the approvals that stand, and no others."""

from __future__ import annotations

import pytest

from pipeline.operations.attempt import binding
from tests.core.gates.cases import case
from tests.core.gates.signed import EARLIER, LATER, NAMED, D, approval
from tests.proof import making

ADA = approval("ada")


def names(*changes: dict[str, object]) -> list[str]:
    """Return who is named in an approval that Ada gave, and Bob otherwise."""
    bobs = [approval("bob", making.ED25519, **change) for change in changes]
    told = binding(case("bless", authority=NAMED, approvals=(ADA, *bobs)))
    return [one["principal"] for one in told["approvals"]]


def test_whoever_approved_exactly_this_is_named_once() -> None:
    assert names({}) == ["ada", "bob"]
    assert names({}, {"nonce": "01"}) == ["ada", "bob"]


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": EARLIER},
        {"issued_at": LATER},
        {"stage_results": [D]},
        {"policies": D},
        {"context": D},
        {"stage": "pour"},
        {"approver": None},
    ],
)
def test_nobody_is_named_for_an_approval_that_is_void(change: dict[str, object]) -> None:
    assert names(change) == ["ada"]
