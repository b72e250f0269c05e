"""A bundle of a ladder that takes over another's stages is checked alone: it carries them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.bundle import HASH_MANIFEST
from pipeline.errors import UntrustedError
from pipeline.flows.verify import verify, verify_folder
from pipeline.operations.workspace import Workspace
from tests.climbing import shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.climbed(tmp_path_factory.mktemp("shop") / "project")


def folders(root: Path) -> list[Path]:
    (run,) = (root / "artifacts" / "release-evidence" / "town").iterdir()
    return sorted(run.iterdir())


def alone(root: Path, folder: Path, apart: Path) -> dict[str, Any]:
    """Verify a copy of a bundle far from its project, with nothing but the key."""
    shutil.copytree(folder, apart)
    key = root / ".release-ladder" / "keys" / "ecdsa-p256.pub.pem"
    return verify_folder(apart, None, key)


def test_each_phase_carries_what_was_taken_over_and_is_verified_alone(
    climbed: Path, tmp_path: Path
) -> None:
    assert [folder.name for folder in folders(climbed)] == ["post-deploy", "pre-deploy"]
    for folder in folders(climbed):
        taken = {path.name for path in (folder / "imported").iterdir()}
        assert taken == {"bake", "look"}
        assert (folder / "imported" / "bake" / "artifacts" / "bread.whl").is_file()
        assert alone(climbed, folder, tmp_path / folder.name)["verdict"] == "intact"


def test_the_store_and_the_folders_agree(climbed: Path) -> None:
    found = verify(Workspace.open(climbed), ladder="shop", release=None)
    assert found["runs"][0]["state"] == "proven"


@pytest.mark.parametrize("gone", ["imported/bake", "imported/look", "imported"])
def test_what_was_taken_over_cannot_be_left_out(climbed: Path, tmp_path: Path, gone: str) -> None:
    apart = tmp_path / "apart"
    folder = folders(climbed)[1]
    shutil.copytree(folder, apart)
    shutil.rmtree(apart / gone)
    key = climbed / ".release-ladder" / "keys" / "ecdsa-p256.pub.pem"
    with pytest.raises(UntrustedError, match="missing"):
        verify_folder(apart, None, key)


def test_a_file_that_was_not_taken_over_has_no_place_there(climbed: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    shutil.copytree(folders(climbed)[1], apart)
    (apart / "imported" / "bake" / "more.txt").write_text("crumbs")
    key = climbed / ".release-ladder" / "keys" / "ecdsa-p256.pub.pem"
    with pytest.raises(UntrustedError, match=r"more\.txt was added"):
        verify_folder(apart, None, key)
    assert "more.txt" not in (apart / HASH_MANIFEST).read_text()
