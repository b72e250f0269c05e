"""The shipped production ladder, in a clone of this repository: held by what is true, no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.gates import GATES
from pipeline.flows.posture import posture
from pipeline.operations.workspace import Workspace
from tests.climbing import project

HOME = Path(__file__).resolve().parents[2]
BLOCKERS = {
    "imports.missing",
    "release_approval.release_version_source",
    "trust.not_rooted",
    "anchor.none",
    "origin.local",
    "reviews.uncovered",
    "attestation_artifact.before_production_approval",
    "approval.missing",
    "compatibility.missing",
    "launch_proofs.pending",
}
"""What no clone has: rooted trust and all that comes of it, an anchor, reviews, an approval, a tag,
evidence, what only the launch window can show."""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("clone") / "project"
    project.git(HOME, "clone", "--quiet", "--no-hardlinks", str(HOME), str(root))
    project.git(root, "checkout", "--quiet", "-B", "untagged")
    project.git(root, "config", "user.name", "Somebody")
    project.git(root, "config", "user.email", "somebody@example.invalid")
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=Not tagged")
    document = posture(Workspace.open(root))
    found: dict[str, Any]
    (found,) = [one for one in document["targets"] if one["target"] == "production"]
    return found


def test_production_holds_with_exactly_the_blockers_that_are_true(
    production: dict[str, Any],
) -> None:
    assert {one["id"] for one in production["blockers"]} == BLOCKERS


def test_every_blocker_says_what_was_looked_at_and_what_clears_it(
    production: dict[str, Any],
) -> None:
    for one in production["blockers"]:
        assert one["what"]
        assert one["evidence"], one
        assert one["command"], one
        assert one["id"].partition(".")[0] in GATES


def test_nothing_is_claimed_of_it(production: dict[str, Any]) -> None:
    assert production["readiness"] == "held"
    assert production["deployment_allowed"] is False
    assert production["production_ready"] is False
    assert production["origin_class"] is None
    assert production["approval_state"] == "not approved"
