"""Shapes of secrets: found where they are, silent about what only looks alike."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.core import secret_shapes

# Put together here, so that no file of this repository holds the shape of a secret.
TEXT = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5h"
PLANTED = {
    "private-key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + TEXT[:64],
    "aws-access-key": "AKIA" + "Q7RZ2LMN4XYT5VWB",
    "github-token": "ghp" + "_" + TEXT[:36],
    "github-fine-grained-token": "github" + "_pat_" + TEXT[:22] + "_" + TEXT[:59],
    "gitlab-token": "glpat" + "-" + TEXT[:20],
    "pypi-token": "pypi" + "-AgE" + TEXT[:64],
    "npm-token": "npm" + "_" + TEXT[:36],
    "slack-token": "xoxb" + "-1234567890-" + TEXT[:24],
    "slack-webhook": "https://hooks.slack" + ".com/services/T12345678/B12345678/" + TEXT[:24],
    "google-api-key": "AIza" + TEXT[:35],
    "stripe-live-key": "sk" + "_live_" + TEXT[:24],
    "sendgrid-key": "SG" + "." + TEXT[:22] + "." + TEXT[:43],
    "openai-key": "sk" + "-" + TEXT[:20] + "T3Blbk" + "FJ" + TEXT[:20],
    "anthropic-key": "sk" + "-ant-api03-" + TEXT + TEXT,
    "age-secret-key": "AGE-SECRET" + "-KEY-1" + "QPZRY9X8GF" * 5 + "QPZRY9X8",
    "npmrc-auth": "_authToken" + "=" + TEXT[:30],
}


def test_every_shape_is_planted_here() -> None:
    assert sorted(PLANTED) == sorted(shape.id for shape in secret_shapes.SHAPES)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_with_its_line(kind: str) -> None:
    data = f"# first\nvalue = '{PLANTED[kind]}'\n".encode()
    assert f"x.py:2: {kind}" in secret_shapes.findings("x.py", data)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7" + "EXAMPLE",
        hashlib.sha256(b"x").hexdigest(),
        "-----BEGIN PUBLIC KEY-----\n" + TEXT[:64],
        'if line == "-----BEGIN PRIVATE KEY-----":',
        "ghp_short",
        "sk_test_" + TEXT[:24],
    ],
)
def test_what_only_looks_alike_is_let_be(text: str) -> None:
    assert secret_shapes.findings("x.py", text.encode()) == []


@pytest.mark.parametrize("name", ["a/.env", ".pypirc", "k/id_ed25519", "store.p12"])
def test_a_file_that_exists_to_hold_secrets_is_found_by_name(name: str) -> None:
    assert len(secret_shapes.findings(name, b"")) == 1
    assert secret_shapes.findings(f"{name}.md", b"") == []


def test_the_table_does_not_find_itself() -> None:
    source = Path(secret_shapes.__file__)
    assert secret_shapes.findings(source.name, source.read_bytes()) == []
