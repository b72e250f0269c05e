"""Summaries of decisions, field by field as SLSA's specification of the VSA (1.1) has them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.evidence import Evidence
from pipeline.core.gates import Case, decide
from pipeline.core.statement import STATEMENT_TYPE, VSA, Statement, Subject
from pipeline.core.vsa import DECISION, VERIFIER, Decided, resource, summary, wrong
from pipeline.proof.trust import ROLES
from pipeline.proof.verify import verify_bundle
from tests.core.gates.cases import case, evidence, held
from tests.core.gates.signed import BOUND, NOW, WHEEL, approval, passed
from tests.proof import making

REQUIRED = {"verifier", "resourceUri", "policy", "verificationResult", "verifiedLevels"}
OPTIONAL = {"timeVerified", "inputAttestations", "dependencyLevels", "slsaVersion"}
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+")


def summarised(shown: Case, *, software: str | None = "1.0") -> Statement:
    decided = Decided.of(decide(shown))
    made = summary(decided, shown, project="tea", software=software)
    assert made is not None
    return made


def test_the_statement_has_the_type_and_the_fields_of_the_specification() -> None:
    made = summarised(case())
    assert made.predicate_type == "https://slsa.dev/verification_summary/v1"
    assert STATEMENT_TYPE.encode() in made.to_bytes()
    names = set(made.predicate)
    assert names >= REQUIRED
    extensions = names - REQUIRED - OPTIONAL
    assert extensions == {DECISION}  # "extension fields using field names that are URIs"
    assert all(URI.fullmatch(name) for name in extensions)


def test_each_field_has_the_form_of_the_specification() -> None:
    said = summarised(case()).predicate
    assert said["verifier"] == {"id": VERIFIER, "version": {"release-ladder": "1.0"}}
    assert URI.fullmatch(said["verifier"]["id"])
    assert said["timeVerified"] == NOW
    assert said["resourceUri"] == "release-ladder:tea/pot?stage=pour"
    assert URI.fullmatch(said["policy"]["uri"])
    assert said["policy"]["digest"] == {"sha256": Digest.parse(BOUND.policies).hex}
    assert re.fullmatch(r"[0-9]+\.[0-9]+", said["slsaVersion"])
    for item in said["inputAttestations"]:
        assert URI.fullmatch(item["uri"])
        assert set(item) == {"uri", "digest"}
        assert re.fullmatch("[0-9a-f]{64}", item["digest"]["sha256"])


def test_the_subjects_are_all_artifacts_so_far() -> None:
    assert summarised(case()).subjects == (Subject(name="tea.whl", digest=WHEEL),)


def test_before_there_is_an_artifact_there_is_no_summary() -> None:
    shown = case("taste", evidence=Evidence())
    assert summary(Decided.of(decide(shown)), shown, project="tea", software=None) is None


def test_a_decision_to_go_on_is_passed_and_claims_no_level() -> None:
    said = summarised(case()).predicate
    assert said["verificationResult"] == "PASSED"
    assert said["verifiedLevels"] == ["SLSA_BUILD_LEVEL_UNEVALUATED"]


@pytest.mark.parametrize(
    "changes", [{"dirty": ("x",)}, {"hold": held("hold")}, {"promotion": None}, {"failed": "cold"}]
)
def test_a_hold_is_failed_and_nothing_else(changes: dict[str, Any]) -> None:
    said = summarised(case(**changes)).predicate
    assert said["verificationResult"] == "FAILED"
    assert said["verifiedLevels"] == ["FAILED"]


def test_no_summary_ever_claims_a_level_or_dependency_levels() -> None:
    for stage in ("boil", "bless", "pour", "sip"):
        said = summarised(case(stage)).predicate
        assert not [name for name in said["verifiedLevels"] if re.search(r"LEVEL_[0-9]", name)]
        assert "dependencyLevels" not in said


def test_all_attestations_that_were_read_are_listed_by_digest() -> None:
    given, lifted = approval(), held("lift", number=2)
    shown = case("bless", approvals=(given,), hold=lifted)
    listed = {item["digest"]["sha256"] for item in summarised(shown).predicate["inputAttestations"]}
    read = [given.bundle_digest, lifted.bundle_digest]
    for item in shown.evidence.all:
        read += [item.digest, *(each.bundle_digest for each in item.statements)]
    assert listed == {digest.hex for digest in read}


def test_without_an_installed_version_none_is_claimed() -> None:
    assert summarised(case(), software=None).predicate["verifier"] == {"id": VERIFIER}


def test_our_verifier_believes_it_from_a_sealer_and_gives_back_what_was_signed() -> None:
    payload = summarised(case()).to_bytes()
    signed = making.bundle(making.P256, payload)
    role = frozenset({ROLES[VSA]})
    believed = verify_bundle(signed, making.trust(making.P256, roles=role), now=NOW)
    assert believed.payload == payload
    assert believed.statement == summarised(case())


def attempt(shown: Case, **changes: Any) -> list[str]:  # noqa: ANN401 - fields
    """Return what is wrong with a case's summary in the place of the attempt's at `pour`."""
    mine = decide(case())
    result = passed("pour", decision=str(mine.digest)).result
    made = summarised(shown)
    made = replace(made, predicate=made.predicate | changes)
    return wrong(made, result, mine.to_dict(), {"tea.whl": WHEEL})


def test_the_summary_of_the_very_decision_is_right() -> None:
    assert attempt(case()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resourceUri", resource("tea", "cup", "pour")),
        ("resourceUri", resource("tea", "pot", "sip")),
        ("resourceUri", resource("tea", "teapot", "pour")),
        ("resourceUri", "https://evil.example/pot?stage=pour"),
        ("verificationResult", "FAILED"),
        ("verifiedLevels", ["SLSA_BUILD_LEVEL_3"]),
        ("verifiedLevels", ["SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_LEVEL_3"]),
        ("verifiedLevels", []),
        ("policy", {"uri": "x:y", "digest": {"sha256": "0" * 64}}),
        ("policy", "none"),
        ("verifier", {"id": "https://evil.example/verifier"}),
        ("timeVerified", "2026-06-01T11:59:59Z"),
        (DECISION, str(Digest.of(b"another"))),
    ],
)
def test_a_summary_that_differs_in_any_step_of_how_to_verify_is_wrong(
    name: str, value: object
) -> None:
    told = attempt(case(), **{name: value})
    assert told == ["decision" if name == DECISION else name]


def test_a_summary_of_other_artifacts_is_wrong() -> None:
    mine = decide(case())
    result = passed("pour", decision=str(mine.digest)).result
    for others in ({"tea.whl": Digest.of(b"x")}, {"other.whl": WHEEL}, {}):
        assert "subject" in wrong(summarised(case()), result, mine.to_dict(), others)


def test_the_summary_of_a_later_decision_on_the_same_evidence_is_wrong() -> None:
    later = case(now="2026-06-01T12:00:01Z", evidence=evidence())
    assert attempt(later) == ["timeVerified", "decision"]
