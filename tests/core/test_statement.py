"""Statements are in-toto Statement v1, made canonically and read strictly."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import statement
from pipeline.core.canonical import Digest, MalformedError, load_canonical
from pipeline.core.statement import Statement, Subject, slug

HEX = hashlib.sha256(b"tea").hexdigest()
# Spelt as the specification's own example, not made by our writer.
SPELT = (
    '{"_type":"https://in-toto.io/Statement/v1","predicate":{"key":"value"},'
    '"predicateType":"https://example.com/unknownPredicateType/v1",'
    f'"subject":[{{"digest":{{"sha256":"{HEX}"}},"name":"tea.whl"}}]}}'
).encode()


def document(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the statement's JSON with fields changed; `...` takes one away."""
    fields = json.loads(SPELT) | changes
    kept = {name: value for name, value in fields.items() if value is not ...}
    return json.dumps(kept).encode()


def test_a_statement_is_written_as_in_toto_spells_it() -> None:
    made = Statement(
        predicate_type="https://example.com/unknownPredicateType/v1",
        subjects=(Subject(name="tea.whl", digest=Digest(HEX)),),
        predicate={"key": "value"},
    )
    assert made.to_bytes() == SPELT
    assert Statement.from_bytes(SPELT) == made


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(TEXT, st.lists(st.tuples(TEXT, st.binary(max_size=3)), min_size=1, max_size=3), TEXT)
def test_any_statement_reads_back(kind: str, subjects: list[tuple[str, bytes]], value: str) -> None:
    made = Statement(
        predicate_type=kind,
        subjects=tuple(Subject(name=name, digest=Digest.of(data)) for name, data in subjects),
        predicate={value: [value, 1, None, True]},
    )
    assert Statement.from_bytes(made.to_bytes()) == made
    load_canonical(made.to_bytes())


def test_a_statement_without_subject_cannot_be_made() -> None:
    with pytest.raises(MalformedError, match="subject"):
        Statement(predicate_type="x", subjects=(), predicate={}).to_bytes()


def test_a_float_cannot_be_signed() -> None:
    subject = Subject(name="a", digest=Digest(HEX))
    with pytest.raises(MalformedError, match="decimal strings"):
        Statement(predicate_type="x", subjects=(subject,), predicate={"p95": 0.5}).to_bytes()


def test_foreign_fields_and_digests_are_passed_over_as_in_toto_asks() -> None:
    subject = {
        "name": "tea.whl",
        "digest": {"sha256": HEX, "gitCommit": "abc", "sha512": "x"},
        "uri": "https://example.com/tea.whl",
    }
    read = Statement.from_bytes(document(subject=[subject], more={"unknown": 1.5}))
    assert read.subjects == (Subject(name="tea.whl", digest=Digest(HEX)),)


def test_a_predicate_may_be_left_out_as_in_toto_allows() -> None:
    assert Statement.from_bytes(document(predicate=...)).predicate == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"_type": ...},
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"_type": "https://in-toto.io/Statement/v1 "},
        {"_type": ["https://in-toto.io/Statement/v1"]},
        {"predicateType": ...},
        {"predicateType": ""},
        {"predicateType": None},
        {"predicateType": ["https://slsa.dev/provenance/v1"]},
        {"predicate": None},
        {"predicate": []},
        {"predicate": "PASS"},
        {"subject": ...},
        {"subject": []},
        {"subject": None},
        {"subject": {"name": "a", "digest": {"sha256": HEX}}},
        {"subject": ["tea.whl"]},
        {"subject": [{"name": "tea.whl"}]},
        {"subject": [{"name": "tea.whl", "digest": {}}]},
        {"subject": [{"name": "tea.whl", "digest": HEX}]},
        {"subject": [{"name": "tea.whl", "digest": {"sha512": "a" * 128}}]},
        {"subject": [{"name": "tea.whl", "digest": {"sha256": f"sha256:{HEX}"}}]},
        {"subject": [{"name": "tea.whl", "digest": {"sha256": HEX.upper()}}]},
        {"subject": [{"name": "tea.whl", "digest": {"sha256": HEX[:-1]}}]},
        {"subject": [{"name": "tea.whl", "digest": {"sha256": [HEX]}}]},
        {"subject": [{"name": 1, "digest": {"sha256": HEX}}]},
        {"subject": [{"name": None, "digest": {"sha256": HEX}}]},
        {"subject": [{"name": "a", "digest": {"sha256": HEX}}, {"name": "b", "digest": {}}]},
    ],
    ids=repr,
)
def test_what_breaks_a_rule_of_statement_v1_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Statement.from_bytes(document(**changes))


@pytest.mark.parametrize(
    "payload",
    {
        "nothing": b"",
        "a list": b"[]",
        "a text": b'"https://in-toto.io/Statement/v1"',
        "cut": SPELT[:-1],
        "two documents": SPELT + SPELT,
        "a byte order mark": b"\xef\xbb\xbf" + SPELT,
        "UTF-16": SPELT.decode().encode("utf-16"),
        "two types": SPELT[:-1] + b',"predicateType":"https://slsa.dev/provenance/v1"}',
        "two digests": SPELT.replace(b'"digest":{', b'"digest":{"sha256":"' + b"0" * 64 + b'",'),
        "a NaN": SPELT.replace(b'"value"', b"NaN"),
        "half a character": SPELT.replace(b'"value"', b'"\\ud800"'),
        "too deep": SPELT.replace(b'"value"', b"[" * 90 + b"]" * 90),
        "not UTF-8": SPELT.replace(b"value", b"\xff"),
    }.items(),
    ids=lambda item: item[0],
)
def test_hostile_json_is_no_statement(payload: tuple[str, bytes]) -> None:
    with pytest.raises(MalformedError):
        Statement.from_bytes(payload[1])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_statement_or_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Statement.from_bytes(data)


def test_our_own_types_live_under_one_constant() -> None:
    own = {
        name: value
        for name, value in vars(statement).items()
        if isinstance(value, str) and value.startswith(statement.OWN) and name != "OWN"
    }
    assert set(own.values()) == {
        f"https://release-ladder.readthedocs.io/predicates/{word}/v1"
        for word in (
            *("stage-result", "evidence-bundle", "approval", "check-report"),
            *("canary", "deployment", "smoke", "outcome", "hold"),
        )
    }


@pytest.mark.parametrize(
    ("predicate_type", "word"),
    [
        ("https://slsa.dev/provenance/v1", "provenance"),
        ("https://cyclonedx.org/bom", "bom"),
        ("https://in-toto.io/attestation/vulns/v0.2", "vulns"),
        ("https://in-toto.io/attestation/test-result/v0.1", "test-result"),
        ("https://spdx.dev/Document/v2.3", "document"),
        (statement.STAGE_RESULT, "stage-result"),
        ("https://example.org/v1", "example-org"),
        ("https://example.org/a#Frag Ment/v1.2.3", "frag-ment"),
        ("urn:x:Thing", "thing"),
        ("https://example.org/../../etc/passwd", "passwd"),
        ("https://example.org/a/..", "statement"),
        ("https://example.org/é", "statement"),
        ("v1", "statement"),
        ("", "statement"),
    ],
)
def test_a_type_has_a_short_word_for_its_file(predicate_type: str, word: str) -> None:
    assert slug(predicate_type) == word


@given(st.text(max_size=40))
def test_the_short_word_of_any_type_can_stand_in_a_file_name(text: str) -> None:
    word = slug(text)
    assert word
    assert set(word) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not word.startswith("-")
