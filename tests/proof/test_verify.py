"""The rules of `proof/verify.py`, one by one."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest

from pipeline.core import statement as types
from pipeline.core.canonical import Digest, canonical
from pipeline.core.release import OriginClass
from pipeline.core.trust import Custody, Role
from pipeline.proof.keys import SigningKey
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import KeyBundle
from pipeline.proof.trust import RehearsalTrust
from pipeline.proof.verify import (
    VerifiedStatement,
    verify_bundle,
    verify_foreign,
)
from tests.proof import making
from tests.proof.test_keys import high_twin

TRUST = making.trust(making.P256, making.ED25519)
BUNDLE = making.bundle()
REPORT: dict[str, Any] = {"checks": [], "advisory_sources": []}
"""A predicate of our own."""


def refused(
    data: bytes,
    trust: RehearsalTrust = TRUST,
    *,
    now: str = making.NOW,
    role: str | None = None,
) -> Reason:
    with pytest.raises(RefusedError) as error:
        verify_bundle(data, trust, now=now, role=role)
    assert error.value.text
    assert str(error.value).startswith(error.value.reason.value + ": ")
    return error.value.reason


def own(predicate: dict[str, Any], predicate_type: str = types.CHECK_REPORT) -> bytes:
    return making.bundle(payload=making.statement(predicate_type, predicate).to_bytes())


@pytest.mark.parametrize("key", [making.P256, making.ED25519], ids=["p256", "ed25519"])
def test_what_a_known_key_signed_is_believed(key: SigningKey) -> None:
    data = making.bundle(key)
    verified = verify_bundle(data, TRUST, now=making.NOW)
    assert verified.statement == making.statement()
    assert verified.payload == making.statement().to_bytes()
    assert verified.bundle_digest == Digest.of(data)
    assert verified.key_id == key.public.key_id
    assert verified.principal == "somebody"
    assert verified.origin is OriginClass.LOCAL


def test_a_key_that_claims_ci_custody_stays_local() -> None:
    trust = making.trust(making.P256, custody=Custody.CI)
    assert verify_bundle(BUNDLE, trust, now=making.NOW).origin is OriginClass.LOCAL


def test_rules_1_to_3_the_form() -> None:
    assert refused(b"{}") is Reason.MALFORMED
    assert refused(BUNDLE + b"\n") is Reason.NOT_CANONICAL
    value = json.loads(BUNDLE)
    value["dsseEnvelope"]["payloadType"] = "text/plain"
    assert refused(canonical(value)) is Reason.WRONG_PAYLOAD_TYPE


def test_rule_4_the_key_is_known() -> None:
    assert refused(making.bundle(making.STRANGER)) is Reason.UNKNOWN_KEY
    assert refused(BUNDLE, RehearsalTrust([])) is Reason.UNKNOWN_KEY


def test_rule_5_the_signature_is_that_keys() -> None:
    ours, theirs = making.P256.public.hint.encode(), making.STRANGER.public.hint.encode()
    data = making.bundle(making.STRANGER).replace(theirs, ours)
    assert refused(data) is Reason.BAD_SIGNATURE
    other = making.statement(predicate={"note": "changed"}).to_bytes()
    value, changed = json.loads(BUNDLE), json.loads(making.bundle(payload=other))
    value["dsseEnvelope"]["payload"] = changed["dsseEnvelope"]["payload"]
    assert refused(canonical(value)) is Reason.BAD_SIGNATURE


def test_rule_6_the_signature_is_the_low_one() -> None:
    envelope = making.sign(making.P256, making.statement().to_bytes())
    twin = dataclasses.replace(envelope, signature=high_twin(envelope.signature))
    data = KeyBundle(envelope=twin, hint=making.P256.public.hint).to_bytes()
    assert refused(data) is Reason.HIGH_S
    verify_foreign(data, making.P256.public.pem, Digest.of(making.ARTIFACT))


def test_rule_7_the_keys_time() -> None:
    begin, end = making.WINDOW
    assert refused(BUNDLE, now="2025-12-31T23:59:59Z") is Reason.KEY_NOT_YET_VALID
    verify_bundle(BUNDLE, TRUST, now=begin)
    verify_bundle(BUNDLE, TRUST, now="2026-12-31T23:59:59Z")
    assert refused(BUNDLE, now=end) is Reason.KEY_EXPIRED
    assert refused(BUNDLE, making.trust(making.P256, revoked=True)) is Reason.KEY_REVOKED


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"{}",
        b"[" * 50_000,
        b'{"_type":1,"_type":1}',
        making.statement().to_bytes().replace(b"Statement/v1", b"Statement/v0.1"),
        making.statement().to_bytes().replace(b'"sha256"', b'"sha512"'),
        making.statement().to_bytes().replace(b"/note/v1", b"/note/v1\\ud800")[:-1],
    ],
)
def test_rule_8_the_payload_is_a_statement(payload: bytes) -> None:
    assert refused(making.bundle(payload=payload)) is Reason.MALFORMED_STATEMENT


def test_rule_9_our_own_predicates_have_no_field_more_or_less() -> None:
    verify_bundle(own(REPORT), TRUST, now=making.NOW)
    less = {name: value for name, value in REPORT.items() if name != "checks"}
    for predicate in ({**REPORT, "extra": 1}, less, {**REPORT, "checks": "2"}, {}):
        assert refused(own(predicate)) is Reason.UNKNOWN_PREDICATE
    assert refused(own(REPORT, types.own_type("unheard-of"))) is Reason.UNKNOWN_PREDICATE
    assert refused(own(REPORT, types.CHECK_REPORT + "/")) is Reason.UNKNOWN_PREDICATE
    lone = (
        making.statement(types.CHECK_REPORT, {**REPORT, "checks": "x"})
        .to_bytes()
        .replace(b'"x"', b'"\\ud800"')
    )
    assert refused(making.bundle(payload=lone)) is Reason.MALFORMED_STATEMENT


def test_rule_9_fields_of_foreign_predicates_are_not_looked_at() -> None:
    foreign = making.statement(types.PROVENANCE, {"anything": [1, {"else": None}]}).to_bytes()
    verify_bundle(making.bundle(payload=foreign), TRUST, now=making.NOW)


def test_rule_10_the_signer_holds_the_role() -> None:
    report, foreign = own(REPORT), BUNDLE
    holder = making.trust(making.P256, roles=frozenset({Role.TESTER}))
    other = making.trust(making.P256, roles=frozenset(Role) - {Role.TESTER})
    verify_bundle(report, holder, now=making.NOW)
    assert refused(report, other) is Reason.WRONG_ROLE
    assert refused(foreign, making.trust(making.P256, roles=frozenset(Role))) is Reason.WRONG_ROLE
    verify_bundle(foreign, holder, now=making.NOW, role="tester")
    assert refused(report, holder, role=Role.SEALER) is Reason.WRONG_ROLE


def test_a_wrong_question_is_the_callers_fault() -> None:
    for now, role in (("yesterday", None), (making.NOW, "king")):
        with pytest.raises(ValueError, match=r"yesterday|king") as error:
            verify_bundle(BUNDLE, TRUST, now=now, role=role)
        assert not isinstance(error.value, RefusedError)


def test_nothing_else_makes_a_verified_statement() -> None:
    verified = verify_bundle(BUNDLE, TRUST, now=making.NOW)
    fields = {field.name: getattr(verified, field.name) for field in dataclasses.fields(verified)}
    for attempt in (
        lambda: VerifiedStatement(**fields),
        lambda: VerifiedStatement(seal=object(), **fields),
        lambda: dataclasses.replace(verified, principal="somebody else"),
        lambda: copy.copy(verified),
        lambda: copy.deepcopy(verified),
        lambda: pickle.dumps(verified),
    ):
        with pytest.raises(TypeError, match="VerifiedStatement"):
            attempt()
    with pytest.raises(dataclasses.FrozenInstanceError):
        verified.principal = "somebody else"  # type: ignore[misc]
