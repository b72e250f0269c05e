"""A review contract as it could be, for tests that spoil it."""

from __future__ import annotations

from typing import Any

from pipeline.core.adoption import Contract
from tests.core.ledger.adopting import digest, set_id

NAME = set_id("1.0")


RECORD = {
    "record_id": f"{NAME}__pre-deploy__tracking.pot",
    "family": "tracking",
    "policy": "tracking.pot",
    "phase": "pre-deploy",
    "stage": "boil",
    "path": "boil/02-record-tracking.sigstore.json",
    "digest": digest("record"),
    "policies": digest("policies"),
    "adopted": True,
}
SOURCE = {
    "phase": "pre-deploy",
    "path": "artifacts/release-evidence/home/x/pre-deploy",
    "manifest": digest("manifest"),
    "seal": digest("seal"),
    "closed": True,
    "files": 12,
}


def body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields
    """Return all fields but schema and hash; `changes` replaces some."""
    given: dict[str, Any] = {
        "set": NAME,
        "run": digest("run 1.0"),
        "context": digest("context"),
        "target": "pot",
        "channel": "home",
        "gate": "kitchen",
        "ladder": "kettle",
        "version": "1.0",
        "source_revision": "0" * 40,
        "adoption_policy": "adoption.pot",
        "origin_class": "local_or_synthetic_proof",
        "sources": [SOURCE],
        "records": [RECORD],
        "adopted_record_ids": [RECORD["record_id"]],
        "artifacts": [{"name": "kettle.txt", "digest": digest("kettle")}],
        "keys": [{"key_id": digest("key"), "principal": "local key"}],
        "source_policies": [digest("policies")],
        "current_policies": digest("policies"),
        "policies_status": "match",
        "ledger": {"head": None, "next_free": 1},
    }
    return {**given, **changes}


def contract(**changes: Any) -> Contract:  # noqa: ANN401 - fields
    """Return the contract of these fields."""
    return Contract.make(body(**changes))
