"""Statements about files, and a look at the signer's process."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from pipeline.core import statement as types
from pipeline.core.canonical import Digest
from pipeline.core.statement import Statement, Subject
from pipeline.edges import keys
from pipeline.edges.signer import SignerProcess
from pipeline.proof.trust import RehearsalTrust
from tests.proof import making

ALLOWED = {making.FOREIGN_TYPE, types.STAGE_RESULT, types.EVIDENCE_BUNDLE}


def about(*paths: Path, kind: str = making.FOREIGN_TYPE, **predicate: Any) -> Statement:  # noqa: ANN401 - JSON
    subjects = tuple(Subject(name=path.name, digest=Digest.of(path.read_bytes())) for path in paths)
    return Statement(predicate_type=kind, subjects=subjects, predicate=predicate)


def trust(key: keys.LocalKey) -> RehearsalTrust:
    return RehearsalTrust([keys._unlisted(key)])


def process_of(signer: SignerProcess) -> subprocess.Popen[bytes]:
    assert signer._process is not None
    return signer._process
