"""Gate `attestation`: what must be attested of a release is, by verified provenance."""

from __future__ import annotations

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.policies import TargetPolicies, TrustKind
from pipeline.core.policies.attestation import IdentityClaim
from tests import policies
from tests.core.gates.cases import case
from tests.core.gates.recorded import (
    LADDER,
    PROVENANCE,
    RELEASE,
    Fields,
    ask,
    asked,
    held,
    holding,
    release,
    spoken,
)
from tests.core.gates.signed import BOUND

GATE = "attestation"
ROOTED: Fields = {"trust_kind": TrustKind.ROOTED}


def definition(**changes: object) -> Fields:
    return PROVENANCE | {"buildDefinition": PROVENANCE["buildDefinition"] | changes}


SOURCE, LOCK = PROVENANCE["buildDefinition"]["resolvedDependencies"]
UNSAID = {
    IdentityClaim.SOURCE_REVISION: definition(resolvedDependencies=[LOCK]),
    IdentityClaim.BUILD_WORKFLOW: definition(buildType=""),
    IdentityClaim.BUILDER_IDENTITY: PROVENANCE | {"runDetails": {"builder": {}}},
}
"""What a claim's provenance leaves out; digest and dependencies are in other tests."""


@pytest.mark.parametrize("stage", ["", "pour"])
def test_what_provenance_says_is_attested(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize("stage", ["", "pour"])
@pytest.mark.parametrize(("claim", "said"), UNSAID.items())
def test_a_claim_that_provenance_does_not_make_holds(
    claim: IdentityClaim, said: Fields, stage: str
) -> None:
    found = ask(GATE, release(provenance=(said,)), at=stage)
    assert held(found) == ["attestation.identity_claims"]
    assert claim.value in holding(found)[0].what
    others = [one for one in policies.CLAIMS if one != claim]
    lenient = asked(attestation={"stages": ["taste"], "identity_claims": others})
    assert spoken(ask(GATE, release(provenance=(said,)), at=stage, now=lenient))


def test_without_provenance_no_claim_is_made() -> None:
    (finding,) = ask(GATE, release(provenance=()))
    assert finding.id == "attestation.identity_claims"
    assert all(claim in finding.what for claim in policies.CLAIMS)


def test_provenance_that_disagrees_with_itself_claims_nothing() -> None:
    others = (PROVENANCE, definition(buildType="https://tea.example/other/v1"))
    assert held(ask(GATE, release(provenance=others))) == ["attestation.identity_claims"]


def test_a_stage_that_no_ladder_has_holds() -> None:
    now = asked(attestation={"stages": ["taste", "knead"]})
    assert held(ask(GATE, now=now)) == ["attestation.stages"]
    assert held(ask(GATE, at="pour", now=now)) == ["attestation.stages"]


def test_a_stage_above_is_asked_for_once_the_whole_is_decided_about() -> None:
    now = asked(attestation={"stages": ["taste", "sip"]})
    assert spoken(ask(GATE, at="pour", now=now))
    assert spoken(ask(GATE, now=now))
    below = Evidence(stages=RELEASE.stages()[:-1])
    assert held(ask(GATE, now=now, evidence=below)) == ["attestation.stages"]


def test_a_covered_stage_may_be_of_the_ladder_that_was_imported() -> None:
    stages = RELEASE.stages()
    both = Evidence(stages=stages[1:], imported=stages[:1])
    renamed = case("sip", ladder=LADDER, evidence=both).evidence
    assert spoken(ask(GATE, evidence=renamed))


def test_signed_or_attested_asks_for_rooted_trust() -> None:
    strict = {"stages": ["taste"], "verification": "signed_or_attested"}
    now = asked(attestation=strict)
    assert held(ask(GATE, now=now)) == ["attestation.verification"]
    assert spoken(ask(GATE, now=now, **ROOTED))


def test_what_one_would_go_back_to_is_asked_for_only_where_something_was_live() -> None:
    now = asked(attestation={"stages": ["taste"], "rollback": "signed_or_attested"})
    assert spoken(ask(GATE, now=now))
    bound = type(BOUND)(
        **{name: getattr(BOUND, name) for name in BOUND.__slots__}
        | {"rollback_target": BOUND.live_state}
    )
    assert held(ask(GATE, now=now, bound=bound)) == ["attestation.rollback"]
    assert spoken(ask(GATE, now=now, bound=bound, **ROOTED))
    assert spoken(ask(GATE, bound=bound))


def approving(before: bool, *, production: bool = True) -> TargetPolicies:
    strict = {"verification": "signed_or_attested", "before_production_approval": before}
    trust = {"trust": "rooted"} if production else {}
    return asked(attestation={"stages": ["taste"]} | strict, promotion=trust)


def test_an_approval_in_production_waits_where_the_policy_says_so() -> None:
    assert held(ask(GATE, at="bless", now=approving(before=True))) == ["attestation.verification"]
    assert ask(GATE, at="bless", now=approving(before=False)) == []
    assert ask(GATE, at="bless", now=approving(before=True, production=False)) == []
    assert spoken(ask(GATE, at="bless", now=approving(before=True), **ROOTED))
    assert ask(GATE, at="boil", now=approving(before=True)) == []


def test_the_claims_are_waited_for_too() -> None:
    unsaid = release(provenance=())
    found = ask(GATE, unsaid, at="bless", now=approving(before=True), **ROOTED)
    assert held(found) == ["attestation.identity_claims"]


@pytest.mark.parametrize("stage", ["", "taste", "pour"])
def test_a_promotion_asks_for_policies_that_the_approval_lists_too(stage: str) -> None:
    now = asked(approval={"attestation_policies": []})
    assert held(ask(GATE, at=stage, now=now)) == ["attestation.policies"]


def test_a_policy_that_nobody_lists_is_not_asked_for() -> None:
    now = asked(approval={"attestation_policies": []}, promotion={"attestation_policies": []})
    assert ask(GATE, release(provenance=()), now=now) == []
