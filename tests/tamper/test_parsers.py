"""Hostile bytes into every parser of evidence: refused in our own words, and fast."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core import bundle
from pipeline.core.attempts import check_attempts
from pipeline.core.canonical import (
    MAX_DOCUMENT,
    Digest,
    HashManifest,
    MalformedError,
    canonical,
    load_canonical,
    load_json,
)
from pipeline.core.journal import Journal
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.predicates.outcome import Outcome
from pipeline.core.predicates.stage_result import StageResult
from pipeline.core.release import RunContext
from pipeline.operations.step_io import StepResult
from pipeline.proof.refused import RefusedError
from pipeline.proof.verify import verify_bundle
from tests.proof import making
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTEXT = Digest.of(b"a context")


def _journal(data: bytes) -> object:
    journal = Journal.parse(data, context=CONTEXT)
    check_attempts(journal, context=CONTEXT)
    return journal


PARSERS: dict[str, Callable[[bytes], object]] = {
    "run.json": lambda data: RunContext.from_dict(load_canonical(data)),
    "journal": _journal,
    "journal line": lambda data: _journal(data + b"\n"),
    "bundle": lambda data: verify_bundle(data, making.trust(making.P256), now=making.NOW),
    "result.json": StepResult.from_bytes,
    "HASH_MANIFEST": HashManifest.parse,
    "stage result": lambda data: StageResult.from_json(load_json(data)),
    "seal": lambda data: EvidenceBundle.from_json(load_json(data)),
    "outcome": lambda data: Outcome.from_json(load_canonical(data)),
}
EXPECTED = (MalformedError, RefusedError)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def survives(parser: Callable[[bytes], object], data: bytes) -> None:
    """Parse; anything but a value or a refusal of ours is a bug."""
    with contextlib.suppress(*EXPECTED):
        parser(data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_in_our_own_words(name: str, data: bytes) -> None:
    survives(PARSERS[name], data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(value=JSON)
def test_any_json_is_refused_in_our_own_words(name: str, value: Any) -> None:  # noqa: ANN401
    survives(PARSERS[name], json.dumps(value).encode())
    survives(PARSERS[name], json.dumps(value, separators=(",", ":"), sort_keys=True).encode())


REAL: dict[str, Callable[[Path], bytes]] = {
    "run.json": lambda folder: (folder / "run.json").read_bytes(),
    "journal": lambda folder: (folder / "journal.jsonl").read_bytes(),
    "bundle": lambda folder: (folder / "bundle.sigstore.json").read_bytes(),
    "HASH_MANIFEST": lambda folder: (folder / "HASH_MANIFEST.txt").read_bytes(),
    "result.json": lambda _: StepResult(artifacts=("a",), reason="b").to_bytes(),
    "stage result": lambda folder: canonical(
        forge.payload((folder / "water" / bundle.STAGE_RESULT_FILE).read_bytes())["predicate"]
    ),
    "seal": lambda folder: canonical(
        forge.payload((folder / bundle.SEAL).read_bytes())["predicate"]
    ),
}


@pytest.mark.parametrize("name", REAL)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_real_document_with_a_byte_changed_is_read_or_refused(
    template: Path, name: str, at: float, byte: int, cut: bool
) -> None:
    data = bytearray(REAL[name](release.phases(template)["pre-deploy"]))
    place = int(at * (len(data) - 1))
    data[place] = byte
    survives(PARSERS[name], bytes(data[:place] if cut else data))


@pytest.mark.parametrize("field", range(9))
@pytest.mark.parametrize("value", [None, 7, True, [], {}, "", "x", [[]], {"a": None}, -1])
def test_a_journal_field_of_another_type_is_refused(
    template: Path, field: int, value: object
) -> None:
    """With hash and chain made anew: the type itself speaks against it."""
    line = (release.phases(template)["pre-deploy"] / "journal.jsonl").read_bytes().split(b"\n")[0]
    entry = json.loads(line)
    name = sorted(entry)[field]
    if entry[name] == value:
        return
    entry[name] = value
    if name != "entry_hash":
        body = {key: item for key, item in entry.items() if key != "entry_hash"}
        entry["entry_hash"] = str(Digest.of(canonical(body)))
    context = Digest.parse(json.loads(line)["inputs"]["context"])
    with pytest.raises(MalformedError):
        check_attempts(Journal.parse(canonical(entry) + b"\n", context=context), context=context)


HEX = "0" * 64
LINES = {
    "one above": f"{HEX}  ../a\n",
    "above in between": f"{HEX}  a/../../b\n",
    "absolute": f"{HEX}  /etc/passwd\n",
    "backslash": f"{HEX}  a\\b\n",
    "escaped as sha256sum does": f"\\{HEX}  a\\\\b\n",
    "carriage return": f"{HEX}  a\r\n",
    "twice": f"{HEX}  a\n{HEX}  a\n",
    "unsorted": f"{HEX}  b\n{HEX}  a\n",
    "one space": f"{HEX} a\n",
    "binary mark": f"{HEX} *a\n",
    "upper case": f"{'A' * 64}  a\n",
    "short": f"{HEX[1:]}  a\n",
    "no newline": f"{HEX}  a",
    "empty line": f"{HEX}  a\n\n",
    "comment": f"# note\n{HEX}  a\n",
    "null": f"{HEX}  a\0b\n",
    "drive": f"{HEX}  C:a\n",
    "stdin": f"{HEX}  -\n",
    "dot": f"{HEX}  ./a\n",
    "double slash": f"{HEX}  a//b\n",
    "mark of order": f"\ufeff{HEX}  a\n",
}


@pytest.mark.parametrize("line", LINES)
def test_a_hash_manifest_has_one_form(line: str) -> None:
    with pytest.raises(MalformedError):
        HashManifest.parse(LINES[line].encode())


@pytest.mark.parametrize("line", ["one above", "absolute", "backslash", "carriage return", "twice"])
def test_a_folder_with_such_a_manifest_is_refused(finished: Path, line: str) -> None:
    folder = release.phases(finished)["pre-deploy"]
    with (folder / "HASH_MANIFEST.txt").open("ab") as file:
        file.write(LINES[line].encode())
    assert "HASH_MANIFEST.txt" in refused(damage.check_alone, folder, release.key_of(finished))
    assert "HASH_MANIFEST.txt changed" in refused(damage.check, finished)


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "HASH_MANIFEST"])
def test_what_is_too_large_is_refused_before_it_is_parsed(name: str) -> None:
    data = b'{"a":"' + b"x" * (100 * 1024 * 1024) + b'"}'
    start = time.process_time()
    if name == "journal":
        data += b"\n"
    with pytest.raises(EXPECTED, match="bytes"):
        PARSERS[name](data)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [65, 1000, 100_000])
def test_what_is_nested_too_deep_is_refused(opening: bytes, depth: int) -> None:
    closing = {b"[": b"]", b'{"a":': b"}"}[opening]
    data = opening * depth + b"1" + closing * depth
    assert len(data) < MAX_DOCUMENT
    for name, parser in PARSERS.items():
        with pytest.raises(EXPECTED):
            parser(data if name != "journal" else data + b"\n")


@pytest.mark.parametrize(
    "name", ["run.json", "journal.jsonl", "manifest.json", "bundle.sigstore.json"]
)
@pytest.mark.parametrize("kind", ["large", "deep", "no text", "a list", "numbers"])
def test_a_resealed_folder_with_hostile_bytes_is_refused(
    finished: Path, name: str, kind: str
) -> None:
    """Even with a seal by the right key; only the seal itself cannot be resealed."""
    hostile = {
        "large": b'{"a":"' + b"x" * (13 * 1024 * 1024) + b'"}\n',
        "deep": b"[" * 100_000 + b"]" * 100_000 + b"\n",
        "no text": b"\xff\xfe\x00\n",
        "a list": b"[]\n",
        "numbers": b'{"objects":[[1,2],{"path":[],"digest":1e999}]}\n',
    }[kind]
    folder, key = release.phases(finished)["pre-deploy"], release.key_of(finished)
    if name == "bundle.sigstore.json":
        (folder / name).write_bytes(hostile)
    else:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(hostile)
        forge.reseal_only(folder, forge.own_key(finished))
        assert kept != hostile
    refused(damage.check_alone, folder, key)
    refused(damage.check, finished)
