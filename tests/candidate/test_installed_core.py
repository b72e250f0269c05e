"""Published vectors against the installed package: canonical JSON, DSSE, keys, the journal."""

import base64
import hashlib
import json
from typing import Any

import pytest

from pipeline.core.canonical import Digest, HashManifest, MalformedError, canonical, load_canonical
from pipeline.core.journal import Entry, Journal, Status
from pipeline.proof.dsse import Envelope, pae
from pipeline.proof.keys import PublicKey
from pipeline.proof.refused import RefusedError

CONTEXT = Digest.of(b"{}")


def test_strings_are_written_as_rfc_8785_section_3_2_2_has_them() -> None:
    text = '\u20ac$\u000f\nA\'B"\\\\"/'
    assert canonical(text) == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


def test_literals_and_whitespace_are_those_of_rfc_8785_section_3_2_2() -> None:
    assert canonical({"literals": [None, True, False]}) == b'{"literals":[null,true,false]}'


def test_members_are_sorted_by_utf_16_as_rfc_8785_section_3_2_3_has_them() -> None:
    unsorted = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    expected = (
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
        '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
        '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
    )
    assert canonical(unsorted) == expected.encode()


@pytest.mark.parametrize(
    ("number", "written"), [(0, b"0"), (-1, b"-1"), (2**53 - 1, b"9007199254740991")]
)
def test_integers_are_written_as_they_are(number: int, written: bytes) -> None:
    assert canonical(number) == written


@pytest.mark.parametrize("value", [0.5, {"a": [1.0]}, float("nan"), 2**53, b"bytes"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        canonical(value)


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'{"a":1}\n'])
def test_a_second_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        load_canonical(data)


def test_the_empty_digest_is_that_of_fips_180_4() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert str(Digest.of(b"")) == f"sha256:{empty}"
    assert HashManifest.of({"a": Digest(empty)}).render() == f"{empty}  a\n".encode()


def test_what_dsse_signs_is_what_its_protocol_has() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected
    envelope = Envelope(
        payload_type="http://example.com/HelloWorld", payload=b"hello world", signature=b"s"
    )
    assert envelope.signed_bytes == expected


def test_a_signature_is_believed_as_rfc_8032_has_it() -> None:
    """Section 7.1, test 2: the one-byte message 72."""
    raw = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    der = bytes.fromhex("302a300506032b6570032100" + raw)
    body = base64.b64encode(der).decode()
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
    key = PublicKey.from_pem(pem)
    assert key.hint == base64.b64encode(hashlib.sha256(der).digest()).decode()
    key.verify(signature, b"\x72")
    for damaged in (signature[:-1] + b"\x01", b"", signature + b"\x00"):
        with pytest.raises(RefusedError):
            key.verify(damaged, b"\x72")
    with pytest.raises(RefusedError):
        key.verify(signature, b"\x73")


def attempt() -> tuple[Entry, Entry]:
    """Make the begin and the end of one attempt."""
    begin = Entry.make(
        step_id="first/1",
        name="first",
        status=Status.BEGIN,
        started_at="2026-01-01T00:00:00Z",
        completed_at=None,
        inputs={"context": str(CONTEXT)},
        outputs={},
        prev_hash=None,
    )
    end = Entry.make(
        step_id="first/1",
        name="first",
        status=Status.PASS,
        started_at="2026-01-01T00:00:00Z",
        completed_at="2026-01-01T00:00:01Z",
        inputs={"begin": begin.entry_hash},
        outputs={"result": str(Digest.of(b"result"))},
        prev_hash=begin.entry_hash,
    )
    return begin, end


def test_a_journal_is_read_as_it_was_written() -> None:
    written = Journal(attempt()).to_bytes()
    journal = Journal.parse(written, context=CONTEXT)
    assert journal.to_bytes() == written
    assert journal.head == attempt()[1].entry_hash
    assert journal.open_begin is None


def test_the_hash_of_an_entry_can_be_computed_without_us() -> None:
    """SHA-256 of the canonical JSON without `entry_hash`: here all text is ASCII and sorted."""
    for entry in attempt():
        body: dict[str, Any] = {k: v for k, v in entry.to_dict().items() if k != "entry_hash"}
        data = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        assert entry.entry_hash == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_write_that_a_kill_cut_short_is_dropped_alone() -> None:
    written = Journal(attempt()).to_bytes()
    for cut in range(written.index(b"\n") + 1, len(written)):
        journal = Journal.parse(written[:cut], context=CONTEXT)
        assert [entry.status for entry in journal.entries] == [Status.BEGIN]


@pytest.mark.parametrize("place", range(0, 700, 7))
def test_a_changed_byte_of_the_journal_is_refused(place: int) -> None:
    written = Journal(attempt()).to_bytes()
    assert place < len(written)
    changed = written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :]
    with pytest.raises(MalformedError):
        Journal.parse(changed, context=CONTEXT)


def test_a_reordered_or_foreign_journal_is_refused() -> None:
    first, second = Journal(attempt()).to_bytes().splitlines(keepends=True)
    for data in (second + first, second, first + first, first + second + second):
        with pytest.raises(MalformedError):
            Journal.parse(data, context=CONTEXT)
    with pytest.raises(MalformedError):
        Journal.parse(first + second, context=Digest.of(b"another run"))
