"""One version, one artifact set: another one is a conflict, whatever was forgotten in between."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ConflictError, HeldError, LadderError
from pipeline.flows.abandon import abandon
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.surviving import kitchen

DIFFERENT = """echo fill >> "$TALLY"; date +%s%N > out/kettle.txt
    echo '{"artifacts": ["kettle.txt"]}' > result.json"""
"""Each time other bytes: a build that nobody can repeat."""


def forget(root: Path, *kinds: str) -> None:
    """Remove what the store has under names of a kind, and the views."""
    for kind in kinds:
        for place in (root / "artifacts/store").glob(f"{kind}*"):
            place.unlink()
    shutil.rmtree(root / "artifacts/release-evidence")


FORGOTTEN = ("journals/", "names/seals", "names/outcomes")


@pytest.mark.parametrize("kinds", [FORGOTTEN, (*FORGOTTEN, "names/runs")])
def test_a_forgotten_run_does_not_make_room_for_another_artifact_set(
    memory: Path, tally: Path, kinds: tuple[str, ...]
) -> None:
    root = kitchen.make(memory / "tea", fill=DIFFERENT)
    kitchen.climb(root, tally, stage="water")
    claimed = next((root / "artifacts/store/names").glob("claims*")).read_bytes()
    forget(root, *kinds)
    for _ in range(2):
        with pytest.raises(ConflictError, match="claimed by another artifact set") as refused:
            kitchen.climb(root, tally)
        assert refused.value.exit_code == 14
    assert next((root / "artifacts/store/names").glob("claims*")).read_bytes() == claimed
    assert "pass" not in [status for _, status in kitchen.journal(root)]


def test_a_forgotten_run_with_the_same_bytes_is_climbed_again(tea: Path, tally: Path) -> None:
    kitchen.climb(tea, tally)
    forget(tea, *FORGOTTEN)
    assert kitchen.climb(tea, tally).did == ("water", "boil", "pour")


def _retag(root: Path) -> None:
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=Another")
    project.git(root, "tag", "--force", "v1.0")


@pytest.mark.parametrize("stage", ["water", "pour"])
def test_a_tag_that_was_moved_is_a_conflict_until_it_is_back(
    tea: Path, tally: Path, stage: str
) -> None:
    kitchen.climb(tea, tally, stage=stage)
    commit = project.git(tea, "rev-parse", "HEAD")
    _retag(tea)
    before = kitchen.files(tea)
    for release in (None, "1.0"):
        with pytest.raises(ConflictError, match="tag") as refused:
            kitchen.climb(tea, tally, release=release)
        assert refused.value.exit_code == 14
        assert kitchen.files(tea) == before
    project.git(tea, "tag", "--force", "v1.0", commit)
    kitchen.climb(tea, tally, release="1.0")
    assert kitchen.runs(tally) == {"water": 1, "boil": 1, "pour": 1}


def test_a_tag_that_was_moved_is_a_conflict_also_when_the_claim_is_gone(
    tea: Path, tally: Path
) -> None:
    kitchen.climb(tea, tally, stage="water")
    next((tea / "artifacts/store/names").glob("claims*")).unlink()
    _retag(tea)
    with pytest.raises(LadderError) as refused:
        kitchen.climb(tea, tally)
    assert refused.value.exit_code in {11, 14}


FAILING = 'echo fill >> "$TALLY"; exit 1'


def _abandon(root: Path) -> None:
    abandon(Workspace.open(root), ladder=None, release=None, reason="spilt", dry_run=False)


@pytest.mark.parametrize("fill", [FAILING, kitchen.FILL])
def test_an_abandoned_release_stays_abandoned_and_claimed(
    memory: Path, tally: Path, fill: str
) -> None:
    root = kitchen.make(memory / "tea", fill=fill)
    try:
        kitchen.climb(root, tally, stage="water")
    except LadderError as error:
        assert error.exit_code == 12  # noqa: PT017 - one of the two fails
    _abandon(root)
    before = kitchen.files(root)
    with pytest.raises(ConflictError, match="abandoned: spilt"):
        kitchen.climb(root, tally)
    with pytest.raises(ConflictError, match="abandoned before"):
        _abandon(root)
    assert kitchen.files(root) == before
    assert kitchen.runs(tally)["water"] == 1


def test_another_version_climbs_after_an_abandoned_one(memory: Path, tally: Path) -> None:
    root = kitchen.make(memory / "tea")
    kitchen.climb(root, tally, stage="water")
    _abandon(root)
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=More")
    project.git(root, "tag", "v1.1")
    assert kitchen.climb(root, tally).did == ("water", "boil", "pour")


DIRT: dict[str, Callable[[Path], object]] = {
    "a changed file": lambda root: (root / "tasks.py").write_text("# other\n"),
    "a file more": lambda root: (root / "note.txt").write_text("note\n"),
    "a file less": lambda root: (root / "light.py").unlink(),
}


@pytest.mark.parametrize("dirt", DIRT)
def test_a_dirty_tree_is_held_before_anything_is_begun(tea: Path, tally: Path, dirt: str) -> None:
    DIRT[dirt](tea)
    with pytest.raises(HeldError) as held:
        kitchen.climb(tea, tally)
    assert held.value.exit_code == 10
    assert kitchen.journal(tea) == []
    assert kitchen.runs(tally) == {"water": 0, "boil": 0, "pour": 0}
