"""Contracts that are not what was reviewed: each is refused, and nothing is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import (
    ConflictError,
    HeldError,
    LadderError,
    UntrustedError,
)
from tests.adoption import shelf
from tests.adoption.spoiling import flip, record
from tests.climbing import bakery
from tests.core.ledger.adopting import digest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_contract_that_was_changed_is_refused_by_its_hash(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    file.write_bytes(file.read_bytes().replace(b'"version": "1.1"', b'"version": "1.2"'))
    assert "contract_hash is not" in shelf.refused(root, file, UntrustedError)


FORGED: dict[str, tuple[dict[str, Any], type[LadderError]]] = {
    "another set": ({"set": "home__kitchen__1.1__0123456789abcdef"}, UntrustedError),
    "another run": ({"run": digest("x")}, UntrustedError),
    "another context": ({"context": digest("x")}, UntrustedError),
    "another target": ({"target": "pan"}, UntrustedError),
    "another commit": ({"source_revision": "0" * 40}, UntrustedError),
    "a higher origin": ({"origin_class": "live_workflow_backed"}, UntrustedError),
    "no records": ({"records": []}, UntrustedError),
    "another artifact": ({"artifacts": [{"name": "x", "digest": digest("x")}]}, UntrustedError),
    "another key": ({"keys": []}, UntrustedError),
    "other policies then": ({"source_policies": [digest("x")]}, UntrustedError),
    "other policies now": ({"current_policies": digest("x")}, HeldError),
    "another adoption policy": ({"adoption_policy": "adoption.pan"}, HeldError),
    "fewer adopted": ({"adopted_record_ids": []}, HeldError),
    "another ledger": ({"ledger": {"head": digest("x"), "next_free": 9}}, ConflictError),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_contract_that_was_forged_with_its_hash_is_refused(root: Path, what: str) -> None:
    changes, kind = FORGED[what]
    file = shelf.rewritten(shelf.reviewed(root, shelf.SECOND), **changes)
    shelf.refused(root, file, kind)


@pytest.mark.parametrize("name", ["manifest", "seal"])
def test_a_digest_of_a_bundle_that_does_not_match_is_refused_by_name(root: Path, name: str) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    sources = json.loads(file.read_bytes())["sources"]
    sources[1][name] = digest("x")
    shelf.rewritten(file, sources=sources)
    assert f"sources[1].{name}" in shelf.refused(root, file, UntrustedError)


@pytest.mark.parametrize("name", ["digest", "record_id", "family", "path", "policies", "phase"])
def test_a_record_that_does_not_match_is_refused_by_name(root: Path, name: str) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    records = json.loads(file.read_bytes())["records"]
    others = {"digest": digest("x"), "policies": digest("x"), "phase": "post-deploy"}
    records[2][name] = others.get(name, "other")
    shelf.rewritten(file, records=records)
    assert f"records[2].{name}" in shelf.refused(root, file, UntrustedError)


def test_a_contract_that_points_to_another_release_s_bundles_is_refused(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    sources = json.loads(file.read_bytes())["sources"]
    first = shelf.run_of(root, shelf.FIRST).relative_to(root).as_posix()
    for source in sources:
        source["path"] = f"{first}/{source['phase']}"
    shelf.rewritten(file, sources=sources)
    shelf.refused(root, file, UntrustedError)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: flip(record(run, "linkage")),
        lambda run: flip(run / "post-deploy" / "bundle.sigstore.json"),
        lambda run: flip(next((run / "pre-deploy").glob("*/artifacts/bread.whl"))),
        lambda run: (run / "pre-deploy" / "HASH_MANIFEST.txt").unlink(),
        lambda run: shutil.rmtree(run / "post-deploy"),
    ],
    ids=range(5),
)
def test_evidence_that_changed_after_the_review_is_refused(
    root: Path, spoil: Callable[[Path], object]
) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    spoil(shelf.run_of(root, shelf.SECOND))
    shelf.refused(root, file, UntrustedError)


def test_policies_that_changed_after_the_review_hold(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    bakery.reconfigure(root, tracking={"artifact_name": "rye"})
    assert "policies are not those of the review" in shelf.refused(root, file, HeldError)


def test_an_adoption_in_between_makes_the_contract_stale(fresh: Path) -> None:
    first = shelf.reviewed(fresh, shelf.FIRST)
    second = shelf.reviewed(fresh, shelf.SECOND)
    shelf.applied(fresh, first)
    assert "ledger moved" in shelf.refused(fresh, second, ConflictError)
    shelf.adopted(fresh, shelf.SECOND)
    assert shelf.verified(fresh)["entries"] == 2


def test_a_release_is_adopted_once(root: Path) -> None:
    file = root / "artifacts" / "adoption" / f"{shelf.set_of(root, shelf.FIRST).name}.review.json"
    assert "adopted already" in shelf.refused(root, file, ConflictError)


def test_something_in_the_place_of_the_release_is_not_overwritten(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    name = json.loads(file.read_bytes())["set"]
    (root / "releases" / name).mkdir()
    assert "orphan" in shelf.refused(root, file, UntrustedError)


def test_nothing_is_adopted_onto_a_ledger_that_is_wrong(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    ledger = root / "releases" / "ledger.json"
    ledger.write_bytes(ledger.read_bytes().replace(b'"Ada"', b'"Eve"'))
    assert "rule 2" in shelf.refused(root, file, UntrustedError)
