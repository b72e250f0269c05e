"""What is signed, and all that is not: the rules at the head of the signer, one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import statement as types
from pipeline.core.canonical import Digest, canonical
from pipeline.core.statement import Statement
from pipeline.edges import keys
from pipeline.edges.signer import SignerProcess
from pipeline.errors import LadderError, StepFailedError, UntrustedError
from pipeline.proof.sigstore_bundle import load_canonical
from pipeline.proof.verify import verify_bundle
from tests.edges.signer.signing import ALLOWED, about, trust
from tests.proof import making


def test_what_it_signs_is_believed_and_in_order(
    signer: SignerProcess, key: keys.LocalKey, files: dict[str, Path]
) -> None:
    statements = [about(path, name=name) for name, path in files.items()]
    bundles = signer.sign([each.to_bytes() for each in statements], files, ALLOWED)
    read = [verify_bundle(each, trust(key), now=making.NOW).statement for each in bundles]
    assert read == statements


def test_both_algorithms_sign(tmp_path: Path, files: dict[str, Path]) -> None:
    key = keys.local_key(tmp_path / "state", "ed25519", now=making.NOW)
    with SignerProcess(key.private_path) as signer:
        (bundle,) = signer.sign([about(files["file1"]).to_bytes()], files, ALLOWED)
    assert verify_bundle(bundle, trust(key), now=making.NOW).key_id == key.public.key_id


def lists(files: dict[str, Path], **changed: object) -> dict[str, Any]:
    members = [{"digest": str(Digest.of(path.read_bytes()))} for path in files.values()]
    return dict.fromkeys(("artifacts", "outputs", "logs", "statements"), members) | changed


@pytest.mark.parametrize("kind", [types.STAGE_RESULT, types.EVIDENCE_BUNDLE])
def test_a_result_whose_every_file_was_hashed_is_signed(
    signer: SignerProcess, files: dict[str, Path], kind: str
) -> None:
    payload = about(files["file0"], kind=kind, **lists(files)).to_bytes()
    (bundle,) = signer.sign([payload], files, ALLOWED)
    assert load_canonical(bundle).envelope.payload == payload


STRANGE = {"digest": str(Digest.of(b"not there"))}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda _: b"", StepFailedError, "no statement"),
        (lambda _: b"{}", StepFailedError, "no statement"),
        (lambda _: b"[" * 90_000, StepFailedError, "no statement"),
        (lambda f: about(f["file0"]).to_bytes() + b"\n", StepFailedError, "byte form"),
        (
            lambda f: json.dumps(json.loads(about(f["file0"]).to_bytes())).encode(),
            StepFailedError,
            "byte form",
        ),
        (
            lambda f: canonical(json.loads(about(f["file0"]).to_bytes()) | {"extra": 1}),
            StepFailedError,
            "byte form",
        ),
        (
            lambda f: about(f["file0"], x=7).to_bytes().replace(b'"x":7', b'"x":0.5'),
            StepFailedError,
            "no statement",
        ),
        (
            lambda f: about(f["file0"], kind="https://example.org/else/v1").to_bytes(),
            StepFailedError,
            "not declared",
        ),
        (lambda _: making.statement().to_bytes(), UntrustedError, "none of the hashed files"),
        (
            lambda f: about(f["file0"], kind=types.STAGE_RESULT, **lists(f, logs=[STRANGE])),
            UntrustedError,
            "logs: sha256:",
        ),
        (
            lambda f: about(f["file0"], kind=types.STAGE_RESULT, **lists(f, outputs=[STRANGE])),
            UntrustedError,
            "outputs: sha256:",
        ),
        (
            lambda f: about(f["file0"], kind=types.EVIDENCE_BUNDLE, statements=[STRANGE]),
            UntrustedError,
            "statements: sha256:",
        ),
        (
            lambda f: about(f["file0"], kind=types.STAGE_RESULT, artifacts=[{"path": "x"}]),
            StepFailedError,
            "has no digest",
        ),
        (
            lambda f: about(f["file0"], kind=types.STAGE_RESULT, artifacts={"a": STRANGE}),
            StepFailedError,
            "is no list",
        ),
        (
            lambda f: about(f["file0"], kind=types.STAGE_RESULT, artifacts=["x", 1, None]),
            StepFailedError,
            "has no digest",
        ),
    ],
)
def test_anything_else_is_not_signed_and_nothing_with_it(
    signer: SignerProcess,
    files: dict[str, Path],
    make: Callable[[dict[str, Path]], bytes | Statement],
    error: type[LadderError],
    words: str,
) -> None:
    made = make(files)
    bad = made.to_bytes() if isinstance(made, Statement) else made
    good = about(files["file0"]).to_bytes()
    with pytest.raises(error, match=words) as refused:
        signer.sign([good, bad], files, ALLOWED)
    assert type(refused.value) is error
    assert len(signer.sign([good], files, ALLOWED)) == 1, "a refusal does not end the signer"


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_a_file_that_changed_after_the_step_is_not_signed(
    signer: SignerProcess, files: dict[str, Path]
) -> None:
    payload = about(files["file0"]).to_bytes()
    files["file0"].write_bytes(b"changed")
    with pytest.raises(UntrustedError, match="'file0' is none of the hashed files"):
        signer.sign([payload], files, ALLOWED)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        make_pipe,
        lambda path: (path.rename(path.with_name("else")), path.symlink_to(path.with_name("else"))),
    ],
    ids=["absent", "folder", "pipe", "link"],
)
def test_what_is_no_regular_file_is_not_hashed(
    signer: SignerProcess, files: dict[str, Path], spoil: Callable[[Path], object]
) -> None:
    payload = about(files["file0"]).to_bytes()
    spoil(files["file2"])
    with pytest.raises(UntrustedError, match="file2"):
        signer.sign([payload], files, ALLOWED)


def test_names_that_are_no_utf_8_are_hashed_too(signer: SignerProcess, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff name")
    path.write_bytes(making.ARTIFACT)
    assert signer.sign([making.statement().to_bytes()], {path.name: path}, ALLOWED)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.chmod(0o644), "others may use it"),
        (lambda path: path.write_bytes(b"no key"), "cannot be read"),
        (lambda path: path.unlink(), "No such file"),
    ],
)
def test_a_key_that_cannot_be_used_is_said(
    key: keys.LocalKey, files: dict[str, Path], spoil: Callable[[Path], object], words: str
) -> None:
    spoil(key.private_path)
    with (
        SignerProcess(key.private_path) as signer,
        pytest.raises(UntrustedError, match=words) as refused,
    ):
        signer.sign([about(files["file0"]).to_bytes()] * 3, files, ALLOWED)
    assert refused.value.where == str(key.private_path)
