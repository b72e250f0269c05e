"""The rules of `proof/verify.py`, one by one, and against bytes of any kind."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import statement as types
from pipeline.core.canonical import Digest, canonical
from pipeline.core.release import OriginClass
from pipeline.core.trust import Custody, Role
from pipeline.proof.keys import SigningKey
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.sigstore_bundle import KeyBundle
from pipeline.proof.trust import RehearsalTrust
from pipeline.proof.verify import (
    GIVEN_KEY,
    VerifiedMessage,
    VerifiedStatement,
    verify_bundle,
    verify_foreign,
)
from tests.proof import making
from tests.proof.test_keys import high_twin

COSIGN = Path(__file__).parent / "cosign"
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
    assert refused(making.bundle(payload=lone)) is Reason.UNKNOWN_PREDICATE


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


def test_every_single_flipped_bit_is_refused() -> None:
    for data in (BUNDLE, making.bundle(making.ED25519)):
        for place in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[place // 8] ^= 1 << place % 8
            with pytest.raises(RefusedError):
                verify_bundle(bytes(flipped), TRUST, now=making.NOW)


def test_every_cut_and_every_doubled_byte_is_refused() -> None:
    for place in range(len(BUNDLE)):
        for data in (BUNDLE[:place], BUNDLE[:place] + BUNDLE[place : place + 1] + BUNDLE[place:]):
            with pytest.raises(RefusedError):
                verify_bundle(data, TRUST, now=making.NOW)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    refused(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["_type", "subject", "digest", "sha256", "predicateType", "predicate"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_that_a_known_key_signed_is_a_statement_or_refused(value: object) -> None:
    data = making.bundle(payload=json.dumps(value).encode())
    assert refused(data) is Reason.MALFORMED_STATEMENT


@given(
    st.sampled_from(sorted(REPORT)) | st.text(max_size=5),
    st.recursive(st.none() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=5),
)
def test_any_field_in_our_own_predicate_is_as_the_model_has_it_or_refused(
    name: str, value: object
) -> None:
    payload = canonical(
        {
            "_type": types.STATEMENT_TYPE,
            "subject": [{"name": "a", "digest": {"sha256": "ab" * 32}}],
            "predicateType": types.CHECK_REPORT,
            "predicate": REPORT,
        }
    )
    changed = json.loads(payload)
    changed["predicate"][name] = value
    try:
        verify_bundle(making.bundle(payload=json.dumps(changed).encode()), TRUST, now=making.NOW)
    except RefusedError as error:
        assert error.reason is Reason.UNKNOWN_PREDICATE  # noqa: PT017 - both ends are right


@given(_JSON, st.sampled_from(["dsseEnvelope", "mediaType", "verificationMaterial", "x"]))
def test_any_json_in_a_bundle_is_refused(value: object, member: str) -> None:
    bundle = json.loads(BUNDLE)
    bundle[member] = value
    data = json.dumps(bundle).encode()
    refused(data)
    with pytest.raises(RefusedError):
        verify_foreign(data, making.STRANGER.public.pem, Digest.of(making.ARTIFACT))


def cosign(name: str) -> tuple[bytes, bytes, Digest]:
    artifact = Digest.of((COSIGN / "artifact.txt").read_bytes())
    data = (COSIGN / f"{name}.sigstore.json").read_bytes()
    return data, (COSIGN / "key.pub.pem").read_bytes(), artifact


def foreign_refusal(data: bytes, pem: bytes, artifact: Digest) -> Reason:
    with pytest.raises(RefusedError) as error:
        verify_foreign(data, pem, artifact)
    return error.value.reason


def test_a_statement_by_cosign_is_believed_with_its_key() -> None:
    data, pem, artifact = cosign("statement_v1")
    verified = verify_foreign(data, pem, artifact)
    assert isinstance(verified, VerifiedStatement)
    assert verified.statement.predicate == {"note": "made by cosign", "weight": 1.5}
    assert (verified.principal, verified.origin) == (GIVEN_KEY, OriginClass.LOCAL)
    assert foreign_refusal(data, pem, Digest.of(b"other")) is Reason.WRONG_SUBJECT
    stranger = making.STRANGER.public.pem
    assert foreign_refusal(data, stranger, artifact) is Reason.BAD_SIGNATURE


def test_a_blob_signed_by_cosign_is_believed_with_its_key() -> None:
    data, pem, artifact = cosign("message")
    verified = verify_foreign(data, pem, artifact)
    assert isinstance(verified, VerifiedMessage)
    assert verified.artifact == artifact
    assert foreign_refusal(data, pem, Digest.of(b"other")) is Reason.WRONG_SUBJECT
    stranger = making.STRANGER.public.pem
    assert foreign_refusal(data, stranger, artifact) is Reason.BAD_SIGNATURE
    value = json.loads(data)
    del value["messageSignature"]["messageDigest"]
    assert foreign_refusal(canonical(value), pem, Digest.of(b"other")) is Reason.BAD_SIGNATURE


def test_an_old_statement_by_cosign_is_no_statement_v1() -> None:
    assert foreign_refusal(*cosign("statement_v01")) is Reason.MALFORMED_STATEMENT


def test_another_payload_type_is_refused_in_foreign_bundles_too() -> None:
    value = json.loads(cosign("statement_v1")[0])
    value["dsseEnvelope"]["payloadType"] = "application/json"
    reason = foreign_refusal(canonical(value), *cosign("statement_v1")[1:])
    assert reason is Reason.WRONG_PAYLOAD_TYPE


def test_every_flipped_bit_of_a_foreign_signature_or_payload_is_refused() -> None:
    data, pem, artifact = cosign("statement_v1")
    payload = base64.b64decode(json.loads(data)["dsseEnvelope"]["payload"])
    start = data.index(b'"payload":"') + len(b'"payload":"')
    for place in range(start * 8, data.index(b"}]}}") * 8):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        try:
            verified = verify_foreign(bytes(flipped), pem, artifact)
        except RefusedError:
            continue
        # base64 of others may have a second spelling; what it says is the same
        assert isinstance(verified, VerifiedStatement)
        assert verified.payload == payload
