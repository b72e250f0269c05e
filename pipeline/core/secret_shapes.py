"""Secrets that must not be released: a small table of shapes that are hardly ever anything else.

Why a table of our own: the libraries for this guess by entropy and take every digest of a lock file
for a secret, so people switch them off. These shapes have a fixed prefix and length that the issuer
chose to be found by; a finding holds the release, so a false one must be rare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret and how it looks."""

    id: str
    pattern: re.Pattern[bytes]


def _shape(identifier: str, pattern: str) -> Shape:
    return Shape(identifier, re.compile(pattern.encode()))


_EDGE = r"(?<![A-Za-z0-9_-])"
SHAPES = (
    _shape(
        "private-key",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
        r"(?:\\n|\s|[A-Za-z-]+: [^\n]*\n)+[A-Za-z0-9+/=]{40}",
    ),
    _shape("aws-access-key", _EDGE + r"A(?:KIA|SIA)(?![A-Z2-7]*EXAMPLE)[A-Z2-7]{16}(?![A-Z0-9])"),
    _shape("github-token", _EDGE + r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _shape("github-fine-grained-token", _EDGE + r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _shape("gitlab-token", _EDGE + r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}"),
    _shape("pypi-token", _EDGE + r"pypi-AgE[A-Za-z0-9_-]{60,}"),
    _shape("npm-token", _EDGE + r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _shape("slack-token", _EDGE + r"xox[abeoprs]-(?:\d+-)+[A-Za-z0-9]{16,}"),
    _shape(
        "slack-webhook", r"hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}"
    ),
    _shape("google-api-key", _EDGE + r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _shape("stripe-live-key", _EDGE + r"[rs]k_live_[A-Za-z0-9]{24,}"),
    _shape("sendgrid-key", _EDGE + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _shape("openai-key", _EDGE + r"sk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    _shape("anthropic-key", _EDGE + r"sk-ant-[a-z]+\d\d-[A-Za-z0-9_-]{80,}"),
    _shape("age-secret-key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _shape("npmrc-auth", r"_authToken\s*=\s*[A-Za-z0-9_-]{20,}"),
)
"""All shapes that are looked for."""

FILES = re.compile(
    r"(?:^|/)(?:\.env|\.netrc|\.pypirc|\.git-credentials|\.htpasswd"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:p12|pfx|jks|keystore|kdbx))$"
)
"""Names of files that hold secrets and nothing else."""


def findings(name: str, data: bytes) -> list[str]:
    """Name the secrets in a file: kind and line, never the secret itself."""
    found = [f"{name}: a file of this name holds secrets"] if FILES.search(name) else []
    for shape in SHAPES:
        for match in shape.pattern.finditer(data):
            line = data.count(b"\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {shape.id}")
    return found
