"""A bundle of a ladder that takes over another's stages is checked alone: it carries them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.bundle import HASH_MANIFEST
from pipeline.errors import UntrustedError
from pipeline.flows.promote import Ask, promote
from pipeline.flows.verify import verify, verify_folder
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import bakery, project

if TYPE_CHECKING:
    from pathlib import Path

SHOP: dict[str, Any] = {
    "ladder": "shop",
    "target": "counter",
    "gate": "street",
    "channel": "town",
    "stages": [
        bakery.STAGES[1]
        | {
            "id": "fetch",
            "steps": [{"task": "bakery.fetch"}],
            "emits": [],
            "imports": {"ladder": "kettle", "stage": "look"},
        },
        bakery.STAGES[1] | {"id": "weigh", "steps": [{"task": "bakery.weigh"}], "emits": []},
        bakery.STAGES[1]
        | {
            "id": "hand",
            "phase": "post-deploy",
            "steps": [{"task": "bakery.hand"}],
            "emits": [],
        },
    ],
}


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the shop took over what the kettle baked, climbed to its top."""
    files = {
        "ladders__shop": json.dumps(SHOP),
        "targets__counter": json.dumps({"target": "counter", "driver": "none"}),
        "approvals__counter": policies.approval_file(
            "counter", gate="street", artifact_set_source="imported_run"
        ),
    }
    given = bakery.config()
    for name, made in (
        ("promotion", policies.promotion("counter", required_stages=["fetch"])),
        ("verification", policies.verification("counter")),
    ):
        own = json.loads(given[f"policies__{name}"])
        own["policies"].append(made)
        given[f"policies__{name}"] = json.dumps(own)
    root = project.make(
        tmp_path_factory.mktemp("shop") / "project",
        files={"light.py": bakery.LIGHT, "runbook.md": "x\n"},
        **{**given, **files},
    )
    bakery.climb(root, "look")
    promote(
        Workspace.open(root),
        Ask(ladder="shop", stage="hand"),
        bakery.Runner(root),
        project.Quiet(),
    )
    return root


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
