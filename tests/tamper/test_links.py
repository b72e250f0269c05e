"""Links and additions in the places that the pipeline writes to, or shows evidence in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.release import Phase
from pipeline.errors import UntrustedError
from pipeline.flows import verify as verifying
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.tamper import damage, release

PLACES = (
    ".release-ladder",
    ".release-ladder/work",
    ".release-ladder/targets",
    ".release-ladder/targets/pot",
    ".release-ladder/work/0123456789abcdef",
    "artifacts",
    "artifacts/store",
    "artifacts/store/objects",
    "artifacts/release-evidence",
    "artifacts/release-evidence/home",
    "artifacts/release-evidence/home/0123456789abcdef",
)


def refused(act: Callable[[Path], object], root: Path) -> str:
    with pytest.raises(UntrustedError) as error:
        act(root)
    assert error.value.exit_code == 11
    assert len(error.value.lines()) == 3
    assert all(error.value.lines())
    return str(error.value)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_written_through_a_link(tmp_path: Path, place: str) -> None:
    root, victim = project.make(tmp_path / "tea"), tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")
    link = root / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim)
    said = refused(project.climb, root)
    assert "symbolic link" in said
    assert str(link) in said
    assert [path.name for path in victim.iterdir()] == ["precious"]
    assert link.is_symlink()


def test_a_dangling_link_is_one_too(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    (root / ".release-ladder").symlink_to(tmp_path / "nowhere")
    refused(project.climb, root)
    assert not (tmp_path / "nowhere").exists()


def test_the_checkout_and_its_parents_may_be_links(tmp_path: Path) -> None:
    project.make(tmp_path / "real" / "tea")
    (tmp_path / "parent").symlink_to("real")
    (tmp_path / "parent" / "link").symlink_to("tea")
    root = tmp_path / "parent" / "link"
    assert project.climb(root).did
    assert verifying.verify(Workspace.open(root), ladder=None, release=None)["release"] == "proven"


def test_a_store_of_another_name_is_looked_at_too(tmp_path: Path) -> None:
    pipeline = "project: tea\ndefault_ladder: kettle\nstore: file:deep/store\n"
    root = project.make(tmp_path / "tea", pipeline=pipeline)
    (tmp_path / "away").mkdir()
    (root / "deep").symlink_to(tmp_path / "away")
    (root / ".git" / "info" / "exclude").write_text("/deep\n")
    assert "symbolic link" in refused(project.climb, root)
    assert list((tmp_path / "away").iterdir()) == []


ADDED = (
    "post-deploy.old",
    ".post-deploy.old",
    ".post-deploy.APPROVED.old",
    ".other.0123456789abcdef.old",
    ".post-deploy.0123456789abcdef.old.old",
    "APPROVED.old",
)


@pytest.mark.parametrize("name", ADDED)
def test_nothing_lies_beside_the_phase_folders(finished: Path, name: str) -> None:
    run = release.phases(finished)["pre-deploy"].parent
    (run / name).mkdir()
    (run / name / "PROVEN.txt").write_text("approved by somebody")
    for act in (damage.check, release.climb):
        assert f"{name} was added" in refused(act, finished)
    assert (run / name / "PROVEN.txt").exists()


def test_a_file_or_a_link_under_the_name_of_a_replaced_folder_is_refused(finished: Path) -> None:
    run = release.phases(finished)["pre-deploy"].parent
    odd = run / ".pre-deploy.0123456789abcdef.old"
    for make in (lambda: odd.write_text("x"), lambda: odd.symlink_to(finished)):
        make()
        for act in (damage.check, release.climb):
            refused(act, finished)
        odd.unlink()


def test_what_a_killed_replacement_left_is_let_be_and_swept(finished: Path) -> None:
    run = release.phases(finished)["pre-deploy"].parent
    (run / ".pre-deploy.0123456789abcdef.old" / "water").mkdir(parents=True)
    damage.check(finished)
    release.climb(finished)
    assert {path.name for path in run.iterdir()} == {phase.value for phase in Phase}


def test_a_run_folder_that_is_a_link_is_refused(finished: Path) -> None:
    run = release.phases(finished)["pre-deploy"].parent
    run.rename(finished.parent / "elsewhere")
    run.symlink_to(finished.parent / "elsewhere")
    for act in (damage.check, release.climb):
        assert "symbolic link" in refused(act, finished)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("place", ["empty", "water/logs/empty", "deep/er"])
def test_an_empty_folder_in_a_phase_folder_is_refused(
    finished: Path, phase: Phase, place: str
) -> None:
    folder = release.phases(finished)[phase.value]
    (folder / place).mkdir(parents=True)
    for act in (damage.check, release.climb):
        assert f"{place}/ was added" in refused(act, finished)
    key = release.key_of(finished)
    assert "empty folder" in refused(lambda _: verifying.verify_folder(folder, None, key), finished)
