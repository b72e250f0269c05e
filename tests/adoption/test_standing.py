"""What the store knows of a run after its bundles were sealed counts against adopting it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.errors import ConflictError, HeldError, StepFailedError
from pipeline.flows import adopt as flow
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.climbing import bakery, project
from tests.tasks.calling import call

WHY = "the oven was dirty"


def review(root: Path, version: str = shelf.SECOND) -> tuple[str, ...]:
    """Return what holds, from a review that writes nothing."""
    workspace = Workspace.open(root)
    return flow.review(workspace, shelf.run_of(root, version), dry_run=True).holds


def test_a_release_that_was_abandoned_after_its_review_is_not_adopted(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    assert call(root, "abandon", "--release", shelf.SECOND, "--reason", WHY).code == 0
    assert shelf.refused(root, file, ConflictError) == f"1.1 was abandoned: {WHY}"


def test_a_release_that_was_abandoned_is_not_reviewed(fresh: Path) -> None:
    assert call(fresh, "abandon", "--release", shelf.SECOND, "--reason", WHY).code == 0
    folder = str(shelf.run_of(fresh, shelf.SECOND).relative_to(fresh))
    for words in ((), ("--dry-run",)):
        done = call(fresh, "adopt", "--from", folder, *words)
        assert done.code == 14, done
        assert done.three_lines()[0] == f"1.1 was abandoned: {WHY}"


def test_a_held_target_holds_an_adoption_by_who_and_why_until_it_is_lifted(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    assert call(root, "hold", "--target", "pot", "--reason", WHY).code == 0
    said = shelf.refused(root, file, HeldError)
    assert "pot is held since" in said
    assert said.endswith(f": {WHY}")
    assert call(root, "hold", "--target", "pot", "--lift").code == 0
    assert shelf.applied(root, file).set == shelf.set_of(root, shelf.SECOND).name


def test_a_review_tells_of_a_held_target(fresh: Path) -> None:
    assert review(fresh) == ()
    assert call(fresh, "hold", "--target", "pot", "--reason", WHY).code == 0
    (said,) = review(fresh)
    assert said.endswith(f": {WHY}")


def test_a_stage_that_failed_for_good_holds(tmp_path: Path) -> None:
    root = bakery.make(tmp_path / "bakery")
    light = root / "light.py"
    broken = light.read_text() + 'if step["stage"] == "taste":\n    raise SystemExit(3)\n'
    light.write_text(broken)
    project.git(root, "commit", "--quiet", "--all", "--message=Break the oven")
    project.git(root, "tag", "--force", "v1.0")
    with pytest.raises(StepFailedError):
        bakery.climb(root)
    assert "taste failed for good" in review(root, shelf.FIRST)


def test_where_no_store_knows_the_run_the_bundles_alone_are_asked(fresh: Path) -> None:
    shutil.rmtree(fresh / "artifacts" / "store")
    assert review(fresh) == ()
