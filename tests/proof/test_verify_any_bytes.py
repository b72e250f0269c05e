"""Whatever the bytes are: a verified statement or `RefusedError`, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import statement as types
from pipeline.core.canonical import Digest, canonical
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.verify import (
    verify_bundle,
    verify_foreign,
)
from tests.proof import making
from tests.proof.test_verify import BUNDLE, REPORT, TRUST, refused


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
