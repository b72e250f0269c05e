"""DSSE as its specification says, by its own test vector and by openssl."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.statement import PAYLOAD_TYPE
from pipeline.proof.dsse import pae
from pipeline.proof.keys import SigningKey
from pipeline.proof.sigstore_bundle import load_canonical
from tests.proof import making

# DSSE protocol.md, "Test Vectors"
SPEC_TYPE = "http://example.com/HelloWorld"
SPEC_PAE = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
SPEC_D = 97358161215184420915383655311931858321456579547487070936769975997791359926199
SPEC_SIGNATURE = (
    "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
)


def test_pae_is_that_of_the_specification() -> None:
    assert pae(SPEC_TYPE, b"hello world") == SPEC_PAE


def test_our_signature_is_the_one_in_the_specification() -> None:
    key = SigningKey.from_pem(making.private_pem(ec.derive_private_key(SPEC_D, ec.SECP256R1())))
    raw = base64.b64decode(SPEC_SIGNATURE)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    assert key.sign(SPEC_PAE) == utils.encode_dss_signature(r, s)
    key.public.verify(utils.encode_dss_signature(r, s), SPEC_PAE)


def test_lengths_count_bytes_and_not_characters() -> None:
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@given(st.tuples(st.text(), st.binary()), st.tuples(st.text(), st.binary()))
def test_two_payloads_never_share_their_encoding(
    one: tuple[str, bytes], other: tuple[str, bytes]
) -> None:
    assert (pae(*one) == pae(*other)) == (one == other)


def test_openssl_verifies_our_signature(tmp_path: Path) -> None:
    envelope = load_canonical(making.bundle(making.P256)).envelope
    (tmp_path / "pub.pem").write_bytes(making.P256.public.pem)
    (tmp_path / "sig").write_bytes(envelope.signature)
    command = ["openssl", "dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "pae"]
    (tmp_path / "pae").write_bytes(pae(PAYLOAD_TYPE, envelope.payload))
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (good.returncode, good.stdout) == (0, b"Verified OK\n")
    (tmp_path / "pae").write_bytes(pae(PAYLOAD_TYPE, envelope.payload + b" "))
    bad = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert bad.returncode != 0
