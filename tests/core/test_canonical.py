"""Canonical bytes are RFC 8785's; JSON is read strictly, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import (
    MAX_DEPTH,
    Digest,
    MalformedError,
    canonical,
    digest_of,
    load_canonical,
    load_json,
)

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PUBLISHED = {
    "RFC 8785, 3.2.2: literals": (
        b'{"literals": [null, true, false]}',
        b'{"literals":[null,true,false]}',
    ),
    "RFC 8785, 3.2.2: strings": (
        rb'{"string": "\u20ac$\u000F\u000aA' + b"'" + rb'\u0042\u0022\u005c\\\"\/"}',
        '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode(),
    ),
    "testdata/arrays": (
        b'[\n  56,\n  {\n    "d": true,\n    "10": null,\n    "1": [ ]\n  }\n]',
        b'[56,{"1":[],"10":null,"d":true}]',
    ),
    "testdata/french": (
        (
            '{"peach": "This sorting order", "péché": "is wrong according to French",'
            ' "pêche": "but canonicalization MUST", "sin": "ignore locale"}'
        ).encode(),
        (
            '{"peach":"This sorting order","péché":"is wrong according to French",'
            '"pêche":"but canonicalization MUST","sin":"ignore locale"}'
        ).encode(),
    ),
    "testdata/structures, 56 for 56.0": (
        (
            b'{"1": {"f": {"f": "hi","F": 5}, "\\n": 56}, "10": {}, "": "empty", "a": {},'
            b' "111": [{"e": "yes", "E": "no"}], "A": {}}'
        ),
        (
            b'{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],'
            b'"A":{},"a":{}}'
        ),
    ),
    "testdata/unicode: nothing is normalised": (
        b'{"Unnormalized Unicode": "A\\u030a"}',
        '{"Unnormalized Unicode":"A\u030a"}'.encode(),
    ),
    "testdata/weird: keys sort by UTF-16 code units": (
        (
            rb'{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\u000a": "Newline", "1": "One",'
            rb' "\u0080": "Control\u007f", "\ud83d\ude02": "Smiley",'
            rb' "\u00f6": "Latin Small Letter O With Diaeresis",'
            rb' "\ufb33": "Hebrew Letter Dalet With Dagesh", "</script>": "Browser Challenge"}'
        ),
        (
            '{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge",'
            '"\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",'
            '"\U0001f602":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
        ).encode(),
    ),
}


def by_utf16(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Sort keys as the RFC says, with nothing of ours: the oracle of the property below."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: by_utf16(value[key]) for key in keys}
    return [by_utf16(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_vector_has_its_published_form(name: str) -> None:
    given_, wanted = PUBLISHED[name]
    assert canonical(load_json(given_)) == wanted
    assert load_canonical(wanted) == load_json(given_)


@given(JSON)
def test_canonical_bytes_are_those_of_a_second_writer(value: Any) -> None:  # noqa: ANN401
    second = json.dumps(by_utf16(value), separators=(",", ":"), ensure_ascii=False)
    assert canonical(value) == second.encode()
    assert load_canonical(canonical(value)) == value


@given(JSON)
def test_any_other_encoding_of_a_value_is_refused(value: Any) -> None:  # noqa: ANN401
    data = canonical(value)
    spelt = json.dumps(value, indent=1).encode()
    for other in {spelt, b" " + data, data + b"\n"} - {data}:
        assert load_json(other) == value
        with pytest.raises(MalformedError):
            load_canonical(other)


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        1.0,
        -0.0,
        float("nan"),
        float("inf"),
        {"a": [1, {"b": 2.5}]},
        (1, (2.0,)),
        SAFE + 1,
        -SAFE - 1,
        "\ud800",
        {"\udfff": 1, "a": 2},
        {1: "a"},
        {1: "a", "b": 2},
        b"bytes",
        {"a"},
        pytest.param(object(), id="object"),
    ],
    ids=repr,
)
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        canonical(value)


def test_the_largest_integers_that_every_reader_agrees_on_are_kept() -> None:
    assert load_canonical(canonical([SAFE, -SAFE])) == [SAFE, -SAFE]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{}{}",
        b"'a'",
        b'{"a":1,}',
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"\\u0061":2}}',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[1.0]",
        b"1e3",
        b"01",
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\uDFFF"',
        b'{"\\udc00\\ud800":1}',
        b'"\x00"',
        "[1]".encode("utf-16"),
        b"9" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_hostile_json_is_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(MalformedError):
        load_json(data)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert load_json(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert load_json(rb'"\\ud800"') == "\\ud800"


def test_foreign_documents_may_have_floats_but_never_nan() -> None:
    assert load_json(b"[1.5]", floats=True) == [1.5]
    with pytest.raises(MalformedError):
        load_json(b"[NaN]", floats=True)


def test_depth_is_bounded_both_ways() -> None:
    def nested(depth: int) -> bytes:
        return b"[" * depth + b"]" * depth

    assert load_canonical(nested(MAX_DEPTH))
    assert load_json(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)
    for deep in (nested(MAX_DEPTH + 2), b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)):
        with pytest.raises(MalformedError, match="nested deeper"):
            load_json(deep)
        with pytest.raises(MalformedError, match="nested deeper"):
            canonical(json.loads(deep))


def test_a_document_of_one_byte_too_many_is_refused_unread() -> None:
    assert load_json(b'"aaa"', limit=5) == "aaa"
    with pytest.raises(MalformedError, match="6 bytes of JSON"):
        load_json(b'"aaaa"', limit=5)
    with pytest.raises(MalformedError, match="6 bytes of JSON"):
        load_canonical(b'"aaaa"', limit=5)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = load_canonical(data)
    except MalformedError:
        return
    assert canonical(value) == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "a" * 64,
        "sha512:" + "a" * 64,
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "a" * 64 + "\n",
        "sha256:" + "a" * 63 + "٣",
        " sha256:" + "a" * 64,
        "SHA256:" + "a" * 64,
    ],
)
def test_a_digest_has_one_spelling(text: str) -> None:
    with pytest.raises(MalformedError):
        Digest.parse(text)


def test_a_digest_is_sha_256_and_reads_back() -> None:
    # FIPS 180-4's example "abc"
    hexed = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert str(Digest.of(b"abc")) == f"sha256:{hexed}"
    assert Digest.parse(f"sha256:{hexed}") == Digest.of(b"abc")
    assert digest_of({"b": 1, "a": []}) == Digest.of(b'{"a":[],"b":1}')
