"""Whose signature counts for an adopted release: its own keys', while trust.yaml lets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.adopted import AdoptedCounts
from pipeline.edges import clock
from pipeline.operations.adopted import adopted
from pipeline.operations.workspace import Workspace
from tests import adopting
from tests.climbing import project
from tests.proof import making

EACH = 16
"""Records of a release."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two adopted releases."""
    made = project.make(tmp_path / "tea")
    adopting.adopt(made, 2)
    return made


def look(root: Path) -> AdoptedCounts:
    return adopted(Workspace.open(root))


def total(counts: AdoptedCounts) -> int:
    return sum(tally.checked_in for tally in counts.families.values())


def ids(counts: AdoptedCounts) -> list[str]:
    return [finding.id for finding in counts.findings]


def test_a_signature_by_nobody_of_the_release_does_not_count(root: Path) -> None:
    shutil.rmtree(root / "releases")
    shelf = adopting.Shelf(root, signer=making.STRANGER)
    shelf.add(adopting.identity(0))
    shelf.write()
    counts = look(root)
    assert ids(counts) == [*["adopted.refused"] * EACH, "adopted.no_bundle"]
    assert total(counts) == 0


def listed(root: Path, **changed: Any) -> None:  # noqa: ANN401 - fields of any type
    entry = {
        "pem": making.P256.public.pem.decode(),
        "algorithm": "ecdsa-p256",
        "custody": "local",
        "valid_from": making.WINDOW[0],
        "valid_until": "2099-01-01T00:00:00Z",
    }
    principal = {"name": "ada", "kind": "person", "keys": [entry | changed]}
    config = {"principals": [principal], "roles": {}}
    (root / "config" / "trust.yaml").write_text(json.dumps(config))


@pytest.mark.parametrize(
    "changed", [{"revoked": True}, {"valid_until": "2026-02-01T00:00:00Z"}], ids=str
)
def test_a_key_that_was_revoked_or_ran_out_since_proves_nothing_though_it_was_remembered(
    root: Path, changed: dict[str, Any]
) -> None:
    look(root)
    listed(root)
    assert look(root).verified == 2 * EACH  # the trust is another one
    assert look(root).remembered == 2 * EACH
    listed(root, **changed)
    counts = look(root)
    assert ids(counts) == [*["adopted.refused"] * EACH, "adopted.no_bundle"] * 2
    assert total(counts) == 0


def test_a_key_that_ran_out_between_two_looks_proves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(root)
    assert look(root).verified == 2 * EACH
    monkeypatch.setattr(clock, "now", lambda: "2099-01-01T00:00:00Z")
    counts = look(root)
    assert total(counts) == 0
    assert set(ids(counts)) == {"adopted.refused", "adopted.no_bundle"}
