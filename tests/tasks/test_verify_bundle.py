"""`verify --bundle` as people call it: options, roots, three lines, exit codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.edges.keyless import instance
from tests.edges.keyless.attacks import OTHER, OURS
from tests.edges.keyless.instance import ARTIFACT, IDENTITY, ISSUER
from tests.tasks.calling import Called, call

SIGNER = ("--identity", IDENTITY, "--issuer", ISSUER)
KEY = ("--key", "key.pem")
ROOT = ("--trusted-root", "root.json")
ABOUT = ("--bundle", "pot.sigstore.json", "--artifact", "pot")
DIGEST = f"sha256:{hashlib.sha256(ARTIFACT).hexdigest()}"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder, no project, with bundles, their artifact, a root and a key."""
    (tmp_path / "pot").write_bytes(ARTIFACT)
    (tmp_path / "root.json").write_bytes(OURS.root().data)
    (tmp_path / "other.json").write_bytes(OTHER.root().data)
    (tmp_path / "key.pem").write_bytes(instance.pem(OURS.keys["signer"]))
    bundles = {
        "pot": instance.stated(OURS),
        "message": instance.message(OURS),
        "by-key": instance.message(OURS, key=True),
    }
    for name, value in bundles.items():
        (tmp_path / f"{name}.sigstore.json").write_text(json.dumps(value), "utf-8")
    return tmp_path


def verify(desk: Path, *words: str) -> Called:
    return call(desk, "verify", *words)


@pytest.mark.parametrize("artifact", ["pot", DIGEST])
@pytest.mark.parametrize("bundle", ["pot", "message"])
def test_a_keyless_bundle_is_verified_by_file_and_by_digest(
    desk: Path, bundle: str, artifact: str
) -> None:
    words = ("--bundle", f"{bundle}.sigstore.json", "--artifact", artifact, *SIGNER, *ROOT)
    called = verify(desk, *words)
    assert (called.code, called.err) == (0, "")
    assert f"about {DIGEST}" in called.out
    assert f"signed by {IDENTITY}, whom {ISSUER} vouches for" in called.out
    assert "trusted root: root.json (sha256:" in called.out
    told = verify(desk, *words, "--json").document
    assert told["trusted_root"] == {"name": "root.json", "digest": str(OURS.root().digest)}
    assert (told["verdict"], told["identity"], told["issuer"]) == ("passed", IDENTITY, ISSUER)


def test_the_projects_root_is_used_where_none_is_named(desk: Path) -> None:
    (desk / "config").mkdir()
    (desk / "config" / "pipeline.yaml").touch()
    ours = desk / "config" / "trusted_root.json"
    ours.write_bytes(OURS.root().data)
    called = verify(desk, *ABOUT, *SIGNER)
    assert called.code == 0
    assert "trusted root: config/trusted_root.json (sha256:" in called.out
    assert verify(desk, *ABOUT, *SIGNER, "--trusted-root", "other.json").code == 11
    ours.write_bytes(OTHER.root().data)
    assert verify(desk, *ABOUT, *SIGNER).code == 11
    ours.unlink()
    ours.symlink_to("gone")  # a root that cannot be read is not replaced by another one
    assert verify(desk, *ABOUT, *SIGNER).code == 1


def test_the_public_root_is_the_last_one_and_trusts_no_stranger(desk: Path) -> None:
    assert verify(desk, *ABOUT, *SIGNER).code == 11


def test_a_key_alone_looks_at_no_log_and_says_so(desk: Path) -> None:
    about = ("--bundle", "by-key.sigstore.json", "--artifact", "pot", *KEY)
    called = verify(desk, *about)
    assert called.code == 0
    assert "log entries were not looked at" in called.out
    called = verify(desk, *about, *ROOT)
    assert called.code == 0
    assert "trusted root: root.json (sha256:" in called.out
    assert verify(desk, *about, "--trusted-root", "other.json").code == 11


def _large(desk: Path) -> None:
    with (desk / "pot.sigstore.json").open("wb") as file:
        file.truncate(100 * 1024 * 1024)


@pytest.mark.parametrize(
    "words",
    [
        (*ABOUT, "--identity", "x", "--issuer", ISSUER, *ROOT),
        (*ABOUT, "--identity", IDENTITY, "--issuer", "https://x", *ROOT),
        (*ABOUT[:3], "root.json", *SIGNER, *ROOT),
        (*ABOUT, *SIGNER, "--trusted-root", "other.json"),
        (*ABOUT, *SIGNER, "--trusted-root", "pot"),
        (*ABOUT, *KEY),
        ("--bundle", "by-key.sigstore.json", "--artifact", "pot", *SIGNER, *ROOT),
        ("--bundle", "root.json", "--artifact", "pot", *SIGNER, *ROOT),
        ("--bundle", "pot", "--artifact", "pot", *SIGNER, *ROOT),
    ],
    ids=str,
)
def test_what_is_not_believed_is_refused_in_three_lines(desk: Path, words: tuple[str, ...]) -> None:
    called = verify(desk, *words)
    assert called.code == 11
    called.three_lines()


@pytest.mark.parametrize("how", [(*SIGNER, *ROOT), KEY], ids=["keyless", "key"])
def test_a_hundred_megabytes_are_refused_unread(desk: Path, how: tuple[str, ...]) -> None:
    _large(desk)
    called = verify(desk, *ABOUT, *how)
    assert called.code == 11
    assert "12582913 bytes" in called.three_lines()[0]  # one more than may be: no more was read


@pytest.mark.parametrize(
    "words",
    [
        ABOUT,
        (*ABOUT, *SIGNER[:2]),
        (*ABOUT, *SIGNER[2:]),
        (*ABOUT, "--identity", "", "--issuer", ISSUER),
        (*ABOUT, "--identity", IDENTITY, "--issuer", ""),
        (*ABOUT, *KEY, *SIGNER),
        (*ABOUT, *KEY, *SIGNER[:2]),
        (*ABOUT, *KEY, *SIGNER[2:]),
        (*ABOUT, "--key", ""),
        (*ABOUT, *SIGNER, "--trusted-root", ""),
        (*ABOUT, *SIGNER, "--trusted-root", "gone.json"),
        (*ABOUT, *SIGNER, "--evidence", "."),
        (*ABOUT, *SIGNER, "--release", "1.0"),
        (*ABOUT[:2], *SIGNER),
        (*ABOUT[:3], "gone", *SIGNER),
        (*ABOUT[:3], "sha256:12", *SIGNER),
        ("--bundle", "", *ABOUT[2:], *SIGNER),
        ("--bundle", "gone", *ABOUT[2:], *SIGNER),
        SIGNER,
        ABOUT[2:],
        ROOT,
        ("--evidence", ".", *ROOT),
    ],
    ids=str,
)
def test_missing_and_contradictory_options_are_wrong_usage(
    desk: Path, words: tuple[str, ...]
) -> None:
    called = verify(desk, *words)
    assert called.code == 1
    called.three_lines()
