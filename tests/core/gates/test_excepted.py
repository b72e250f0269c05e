"""Exceptions: a finding that somebody answers for until a day, never one that trust rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.gates import GATES, Case, Decision, Finding, Verdict, Weight, decide
from pipeline.core.policies import FindingException, PromotionPolicy
from pipeline.core.policies.excepting import exceptable
from tests import policies
from tests.core.gates.cases import case, evidence, held
from tests.core.gates.signed import (
    LADDER,
    LATER,
    NOW,
    PROMOTION,
    STRICT,
    canary,
    passed,
    ran_tests,
    report,
)

ENDS = "2026-06-01T12:00:01Z"
"""One second after `NOW`."""
ALLOWED = (
    *("checks.licences.not_run", "checks.licences.failed", "checks.own_check.failed"),
    *("baseline.drift", "reviews.uncovered", "compatibility.certified.missing", "registry.expired"),
)
FORBIDDEN = (
    *("trust.not_rooted", "origin.local", "order.not_climbed", "approval.missing", "approval.void"),
    *("policy.none", "anchor.none", "hold.held", "attempts.failed", "attempts.abandoned"),
    *("tree.dirty", "window.frozen", "imports.missing", "manual.not_named", "linkage.mismatch"),
    *(
        "records.missing",
        "outcomes.tests",
        "outcomes.canary",
        "outcomes.smoke",
        "signer.unexpected",
    ),
    *("checks.vulnerabilities.failed", "checks.vulnerabilities.not_run", "checks.no_policy"),
    *("checks.crashed", "baseline.crashed", "registry.no_policy", "checks.licences", "checks"),
    *("checks.licences.passed", "checks.*.failed", "*", "baseline", "baseline.", "baseline.*"),
    *("Baseline.drift", "baseline.drift\n", "x.baseline.drift", "nonsense.finding", ""),
    "checks.vulnerabilities.failed.failed",
    *("baseline.unknown", "reviews.unknown", "reviews.finding.review.pot.leak"),
)


def exception(finding: str, expires: str = ENDS) -> dict[str, str]:
    return {
        "finding": finding,
        "reason": "looked at",
        "owner": "Ann <ann@example.invalid>",
        "expires": expires,
    }


def excepting(*exceptions: dict[str, str], base: PromotionPolicy = PROMOTION) -> PromotionPolicy:
    return PromotionPolicy.from_json(base.to_dict() | {"exceptions": list(exceptions)})


def unchecked(*findings: str, base: PromotionPolicy = PROMOTION) -> PromotionPolicy:
    """Return a policy that came here without having been checked."""
    end = {"reason": "because", "owner": "Eve", "expires": LATER}
    made = [FindingException.model_construct(None, finding=name, **end) for name in findings]
    return base.model_copy(update={"exceptions": tuple(made)})


def decided(promotion: PromotionPolicy, finding: str, *, now: str = NOW, **more: Any) -> Decision:  # noqa: ANN401
    """Decide about a case in which one more gate holds with a finding."""
    held_by = Finding(id=finding, weight=Weight.HOLDS, what="it is so", command="mend it")
    gates = {**GATES, "more": lambda _: [held_by]}
    return decide(case(promotion=promotion, now=now, **more), gates)


@pytest.mark.parametrize("finding", ALLOWED)
def test_an_excepted_finding_is_noted_with_until_when_by_whom_and_why(finding: str) -> None:
    decision = decided(excepting(exception(finding)), finding)
    assert decision.verdict is Verdict.PROCEED
    (noted,) = [item for item in decision.notes if item.id == finding]
    assert noted.what == f"it is so; excepted until {ENDS} by Ann <ann@example.invalid>: looked at"
    assert noted.command == "mend it"
    assert decision.to_dict()["exceptions_used"] == [exception(finding)]


@pytest.mark.parametrize("now", [ENDS, "2026-06-01T12:00:02Z"])
def test_an_exception_ends_with_its_first_second_and_the_finding_says_so(now: str) -> None:
    decision = decide(
        case("boil", promotion=excepting(exception("baseline.drift")), now=now),
        {**GATES, "more": lambda _: [Finding(id="baseline.drift", weight=Weight.HOLDS, what="x")]},
    )
    assert decision.verdict is Verdict.HOLD
    (finding,) = [finding for finding in decision.holds if finding.id == "baseline.drift"]
    assert finding.what == f"x; the exception of Ann <ann@example.invalid> expired {ENDS}"
    assert decision.exceptions_used == ()


def test_an_exception_for_another_finding_excepts_nothing() -> None:
    decision = decided(excepting(exception("baseline.drift")), "baseline.tag_only")
    assert decision.verdict is Verdict.HOLD
    assert decision.exceptions_used == ()


def test_without_exceptions_the_same_finding_holds() -> None:
    assert decided(PROMOTION, "baseline.drift").verdict is Verdict.HOLD


def test_an_exception_that_nothing_needs_is_not_used() -> None:
    decision = decide(case(promotion=excepting(exception("baseline.drift"))))
    assert decision.verdict is Verdict.PROCEED
    assert decision.exceptions_used == ()


def test_an_excepted_check_opens_and_only_that_check() -> None:
    below = (
        passed("taste", report(digests="passed", licences="failed")),
        passed("boil", ran_tests(), canary()),
    )
    shown = replace(evidence("bless"), stages=below)
    stage = LADDER.stage("bless")
    policy = excepting(exception("checks.licences.failed"))
    assert decide(case(evidence=shown, stage=stage)).verdict is Verdict.HOLD
    opened = decide(case(evidence=shown, stage=stage, promotion=policy))
    assert opened.verdict is Verdict.PROCEED
    worse = replace(
        shown, stages=(passed("taste", report(digests="failed", licences="failed")), below[1])
    )
    (finding,) = decide(case(evidence=worse, stage=stage, promotion=policy)).holds
    assert finding.id == "checks.digests.failed"


@pytest.mark.parametrize("finding", FORBIDDEN)
def test_what_trust_rests_on_cannot_be_excepted_in_a_policy(finding: str) -> None:
    assert not exceptable(finding)
    with pytest.raises(MalformedError, match=r"exceptions\.0\.finding"):
        excepting(exception(finding))


@pytest.mark.parametrize("finding", FORBIDDEN)
def test_what_trust_rests_on_holds_even_under_a_policy_that_nobody_checked(finding: str) -> None:
    decision = decided(unchecked(finding), finding)
    assert decision.verdict is Verdict.HOLD
    assert decision.exceptions_used == ()


HOLDING: dict[str, dict[str, Any]] = {
    "hold": {"hold": held("hold")},
    "tree": {"dirty": ("x",)},
    "attempts": {"failed": "cold"},
    "order": {"missing": ("boil",)},
    "manual": {"named": False},
    "trust": {"promotion": STRICT},
    "imports": {"imports_missing": "no samovar"},
    "approval": {"now": LATER},
}
"""Gate to a change that makes it hold."""


@pytest.mark.parametrize("gate", HOLDING)
def test_no_exception_opens_what_any_of_these_gates_holds(gate: str) -> None:
    spoilt = case(**HOLDING[gate])
    names = [f.id for f in decide(spoilt).holds]
    if gate != "imports":
        assert [name for name in names if name.startswith(gate)]
    policy = unchecked(*names, base=spoilt.promotion or PROMOTION)
    policies = spoilt.policies.model_copy(update={"promotion": policy})
    again = decide(replace(spoilt, policies=policies))
    assert [f.id for f in again.holds] == names
    assert again.exceptions_used == ()


def crash(_: Case) -> list[Finding]:
    message = "the kettle exploded"
    raise RuntimeError(message)


@pytest.mark.parametrize("gate", ["baseline", "registry", "checks"])
def test_a_gate_that_crashed_is_never_excepted(gate: str) -> None:
    policy = unchecked(f"{gate}.crashed", f"{gate}.x")
    assert decide(case(promotion=policy), {**GATES, gate: crash}).verdict is Verdict.HOLD


def test_only_notes_and_exceptions_open_nothing() -> None:
    policy = excepting(exception("baseline.drift"))
    gates = {"more": lambda _: [Finding(id="baseline.drift", weight=Weight.HOLDS, what="x")]}
    assert decide(case(promotion=policy), gates).verdict is Verdict.HOLD


@pytest.mark.parametrize("field", ["finding", "reason", "owner", "expires"])
@pytest.mark.parametrize("value", [None, "", ...])
def test_an_exception_without_finding_reason_owner_or_end_is_refused(
    field: str, value: object
) -> None:
    spoilt: dict[str, Any] = exception("baseline.drift") | {field: value}
    if value is ...:
        del spoilt[field]
    with pytest.raises(MalformedError):
        excepting(spoilt)


@pytest.mark.parametrize("expires", ["never", "2030-01-01", "2030-02-30T00:00:00Z"])
def test_an_exception_ends_at_a_time_that_there_is(expires: str) -> None:
    with pytest.raises(MalformedError):
        excepting(exception("baseline.drift", expires))


def test_two_exceptions_for_one_finding_could_disagree_and_are_refused() -> None:
    with pytest.raises(MalformedError, match="one exception for each"):
        excepting(exception("baseline.drift"), exception("baseline.drift", LATER))


def test_an_unknown_field_of_an_exception_is_refused() -> None:
    with pytest.raises(MalformedError):
        excepting(exception("baseline.drift") | {"approved_by": "me"})


def test_the_fields_of_an_exception_are_those_that_are_documented() -> None:
    assert set(FindingException.model_fields) == set(exception("baseline.drift"))
    assert policies.promotion()["trust"] == "rehearsal"
