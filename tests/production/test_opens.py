"""What is called production opens under rooted trust, an anchor and all evidence; nothing less."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.flows import adopt
from pipeline.operations.workspace import Workspace
from tests.operations import reviewed
from tests.policies_broken.driver import Said, held_by
from tests.production import rooted
from tests.production.rooted import LiveButRehearsal, Rooted, RootedButLocal, opened

if TYPE_CHECKING:
    from pathlib import Path

ADOPTION = "adoption.approval_ready_phase"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which everything is true but that it has climbed."""
    return rooted.make(tmp_path_factory.mktemp("ready") / "bakery")


@pytest.fixture(scope="module")
def approved(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, one rung below its approval, which is given."""
    root = copy(ready, tmp_path_factory.mktemp("approved") / "bakery")
    rooted.climb(opened(root), "sample")
    return root


@pytest.fixture(scope="module")
def proven(approved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, at its top."""
    root = copy(approved, tmp_path_factory.mktemp("proven") / "bakery")
    rooted.nod(opened(root))
    rooted.climb(opened(root))
    return root


def copy(root: Path, to: Path) -> Path:
    shutil.copytree(root, to, symlinks=True)
    return to


def commit(root: Path, name: str, text: str | None) -> Workspace:
    """Change a file of the project, or take it out; return the project under rooted trust."""
    reviewed.write(root, name, text)
    reviewed.commit(root)
    return opened(root)


def climbing(workspace: Workspace) -> Said:
    return held_by(workspace, rooted.VERSION, lambda: rooted.climb(workspace))


def held(workspace: Workspace, at: str, *found: str) -> None:
    """Assert that a climb is held there, by these findings, and that the posture says no."""
    said = climbing(workspace)
    assert (said.code, said.at, said.found) == (10, at, found)
    told = rooted.told(workspace)
    assert told["production_ready"] is False
    assert set(found) <= {one["id"] for one in told["blockers"]}


def test_under_rehearsal_trust_it_is_held_with_exactly_what_is_true(ready: Path) -> None:
    workspace = Workspace.open(ready)
    assert rooted.blockers(workspace) == {
        "trust.not_rooted",
        "anchor.none",
        "origin.local",
        "attestation_artifact.before_production_approval",
        "approval.missing",
        "compatibility.missing",
        "launch_proofs.pending",
    }
    said = climbing(workspace)
    assert (said.code, said.at) == (10, "bake")
    assert said.found == ("anchor.none", "trust.not_rooted")
    told = rooted.told(workspace)
    assert (told["deployment_allowed"], told["production_ready"]) == (False, False)
    assert not any((ready / "artifacts" / "release-evidence").glob("*/*"))


def test_under_rooted_trust_what_is_left_is_what_nobody_has_done_yet(ready: Path) -> None:
    assert rooted.blockers(opened(ready)) == {
        "origin.local",
        "approval.missing",
        "compatibility.missing",
        "launch_proofs.pending",
    }


def test_under_rooted_trust_it_climbs_and_is_ready_once_it_is_adopted(
    proven: Path, tmp_path: Path
) -> None:
    root = copy(proven, tmp_path / "bakery")
    workspace = opened(root)
    assert rooted.blockers(workspace) == {ADOPTION}
    told = rooted.told(workspace)
    assert (told["readiness"], told["origin_class"]) == ("proven", "live_workflow_backed")
    assert (told["production_ready"], told["deployment_allowed"]) == (False, True)
    (run,) = (root / "artifacts" / "release-evidence" / "production").iterdir()
    contract = adopt.review(workspace, run, dry_run=False)
    assert contract.holds == ()
    assert contract.path is not None
    adopt.apply(
        workspace, root / contract.path, adopter=rooted.ADOPTER, reference="7", dry_run=False
    )
    assert rooted.blockers(workspace) == {ADOPTION}  # what git does not have is not checked in
    reviewed.commit(root)
    told = rooted.told(workspace)
    assert told["blockers"] == []
    assert told["production_ready"] is True
    assert told["approval_state"] == "approved by ada (named_approver)"
    assert rooted.told(Workspace.open(root))["production_ready"] is False


@pytest.mark.parametrize(
    ("how", "at", "found"),
    [
        ({"believing": LiveButRehearsal}, "bake", "trust.not_rooted"),
        ({"believing": RootedButLocal}, "look", "origin.local"),
        ({"with_anchor": False}, "bake", "anchor.none"),
    ],
)
def test_a_trust_that_is_less_holds_for_just_that(
    how: dict[str, object], at: str, found: str, ready: Path, tmp_path: Path
) -> None:
    root = copy(ready, tmp_path / "bakery")
    held(opened(root, **how), at, found)


@pytest.mark.parametrize("taken", ["believing", "with_anchor"])
def test_a_trust_that_becomes_less_later_takes_back_what_was_ready(
    taken: str, proven: Path, tmp_path: Path
) -> None:
    less = {"believing": LiveButRehearsal, "with_anchor": False}[taken]
    told = rooted.told(opened(copy(proven, tmp_path / "bakery"), **{taken: less}))
    assert told["production_ready"] is False
    assert told["readiness"] == "held"


def test_without_a_named_approval_it_is_held(approved: Path, tmp_path: Path) -> None:
    held(opened(copy(approved, tmp_path / "bakery")), "nod", "approval.missing")


def test_without_certification_evidence_it_is_held(ready: Path, tmp_path: Path) -> None:
    root = copy(ready, tmp_path / "bakery")
    policy = (root / "config/policies/promotion.yaml").read_text("utf-8")
    workspace = commit(root, "config/policies/promotion.yaml", policy.replace('"3.11"', '"3.12"'))
    rooted.climb(workspace, "try")
    held(workspace, "sample", "compatibility.missing")


@pytest.mark.parametrize("rung", ["bake", "nod"])
def test_without_review_coverage_it_is_held(
    rung: str, ready: Path, approved: Path, tmp_path: Path
) -> None:
    root = copy(ready if rung == "bake" else approved, tmp_path / "bakery")
    workspace = commit(root, "config/reviews.yaml", None)
    missing = () if rung == "bake" else ("approval.missing",)
    held(workspace, rung, *missing, "reviews.uncovered")


def test_with_a_drifted_baseline_it_is_held(ready: Path, tmp_path: Path) -> None:
    root = copy(ready, tmp_path / "bakery")
    text = (root / "config/baseline.yaml").read_text("utf-8")
    drifted = text[: text.index("sha256:")] + f"sha256:{'1' * 64}'}}\n"
    held(commit(root, "config/baseline.yaml", drifted), "bake", "baseline.drift.supply_chain.oven")


def test_without_its_launch_proof_it_is_held(approved: Path, tmp_path: Path) -> None:
    root = copy(approved, tmp_path / "bakery")
    other = json.dumps(rooted.REGISTRY).replace('"till"', '"nobody::ran"')
    workspace = commit(root, "config/registry.yaml", other)
    rooted.nod(workspace)
    held(workspace, "", "launch_proofs.pending")
    assert rooted.told(workspace)["readiness"] == "held"


def test_the_trust_made_for_these_tests_believes_nothing_more(ready: Path) -> None:
    mine, shipped = opened(ready).trust, Workspace.open(ready).trust
    assert [key.key_id for key in mine.keys] == [key.key_id for key in shipped.keys]
    assert mine.digest != shipped.digest
    assert Workspace.open(ready).anchored is False
    assert isinstance(opened(ready), Rooted)
