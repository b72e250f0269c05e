"""Gate `attestation_artifact`: the attestation records show what their policy asks for."""

from __future__ import annotations

import pytest

from pipeline.core.families import RecordFamily
from pipeline.core.policies import TrustKind
from pipeline.core.release import Phase
from tests import policies
from tests.core.gates.recorded import POST, PRE, ask, asked, held, release, says, spoken
from tests.core.gates.test_attestation import UNSAID

GATE = "attestation_artifact"
REQUIRED = {"verification_required": True}


@pytest.mark.parametrize("stage", ["", "pour"])
def test_records_with_every_claim_are_kept(stage: str) -> None:
    assert spoken(ask(GATE, at=stage))


@pytest.mark.parametrize("stage", ["", "pour"])
@pytest.mark.parametrize("claim", UNSAID)
def test_a_claim_that_was_not_found_holds(claim: str, stage: str) -> None:
    found = ask(GATE, release(provenance=(UNSAID[claim],)), at=stage)  # type: ignore[index]
    assert held(found) == ["attestation_artifact.identity_claims"]


@pytest.mark.parametrize("phase", [PRE, POST])
def test_the_record_of_each_phase_is_looked_at(phase: Phase) -> None:
    of = says(RecordFamily.ATTESTATION, phase, claims=[])
    assert held(ask(GATE, of)) == ["attestation_artifact.identity_claims"]
    others = [each.value for each in (PRE, POST) if each is not phase]
    assert spoken(ask(GATE, of, now=asked(attestation_artifact={"phases": others})))


def test_a_policy_that_asks_for_more_than_was_recorded_holds() -> None:
    few = release(policies=asked(attestation_artifact={"identity_claims": ["artifact_digest"]}))
    assert spoken(ask(GATE, few))
    now = asked(attestation_artifact={"identity_claims": policies.CLAIMS})
    assert held(ask(GATE, few, now=now)) == ["attestation_artifact.identity_claims"]


def test_verification_is_under_rooted_trust_or_it_is_none() -> None:
    strict = asked(attestation_artifact=REQUIRED)
    wanted = ["attestation_artifact.verification_required"]
    assert held(ask(GATE, release(policies=strict))) == wanted
    assert held(ask(GATE, now=strict)) == wanted
    assert spoken(ask(GATE, release(policies=strict, rooted=True)))


def test_a_record_made_under_rehearsal_trust_stays_so_under_rooted_trust() -> None:
    strict = asked(attestation_artifact=REQUIRED)
    found = ask(GATE, now=strict, trust_kind=TrustKind.ROOTED)
    assert held(found) == ["attestation_artifact.verification_required"]


def test_an_approval_in_production_waits_where_the_policy_says_so() -> None:
    def asking(before: bool, trust: str) -> list[str]:
        fields = {"before_production_approval": before, **REQUIRED}
        now = asked(attestation_artifact=fields, promotion={"trust": trust})
        return held(ask(GATE, at="bless", now=now))

    assert asking(before=True, trust="rooted") == [
        "attestation_artifact.before_production_approval"
    ]
    assert asking(before=False, trust="rooted") == []
    assert asking(before=True, trust="rehearsal") == []
    waits = asked(
        attestation_artifact={"before_production_approval": True, **REQUIRED},
        promotion={"trust": "rooted"},
    )
    assert held(ask(GATE, at="bless", now=waits, trust_kind=TrustKind.ROOTED)) == []
    assert held(ask(GATE, at="boil", now=waits)) == []
