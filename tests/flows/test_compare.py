"""Two runs' evidence is equal, or every place in which it differs is named."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.errors import UntrustedError
from pipeline.flows.compare import compare
from tests.climbing import project
from tests.climbing.again import LIGHT, SCRATCH, bundles, made


def clone_of(root: Path, folder: Path) -> Path:
    """Clone a project, without its state, store and key, and climb there."""
    subprocess.run(["git", "clone", "--quiet", root, folder], check=True)
    project.climb(folder, stage="taste")
    return folder


@pytest.fixture(scope="module")
def climbs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the evidence of two clones that climbed apart, with a key each."""
    folder = tmp_path_factory.mktemp("climbs")
    one = made(folder / "one", SCRATCH)
    return bundles(one), bundles(clone_of(one, folder / "other"))


def test_two_climbs_of_one_commit_are_equal_though_their_keys_are_not(
    climbs: tuple[Path, Path],
) -> None:
    report = compare(*climbs)
    assert report.differences == ()
    assert report.left.keys != report.right.keys
    told = json.loads(json.dumps(report.to_dict()))
    assert told["verdict"] == "equal"
    assert told["signatures"].startswith("integrity only")
    assert told["left"]["stages"] == ["boil", "pour", "taste", "water"]
    assert "integrity only" in "\n".join(report.lines())


@pytest.mark.parametrize("phase", ["pre-deploy", "post-deploy"])
def test_one_phase_is_compared_alone_and_a_missing_one_is_named(
    climbs: tuple[Path, Path], phase: str
) -> None:
    left, right = climbs
    assert compare(left / phase, right / phase).equal
    other = "post-deploy" if phase == "pre-deploy" else "pre-deploy"
    found = compare(left / phase, right).differences
    assert f"seals.{other}: only on the right" in found
    assert any(text.startswith("stages.") for text in found)


def test_another_artifact_is_named_with_both_digests(
    climbs: tuple[Path, Path], tmp_path: Path
) -> None:
    root = project.make(
        tmp_path / "tea", files={"light.py": LIGHT, "litres": "2"}, ladders__kettle=SCRATCH
    )
    project.climb(root, stage="taste")
    found = compare(climbs[0], bundles(root)).differences
    paths = {text.partition(":")[0] for text in found}
    assert "stages.water.artifacts.artifacts/kettle.txt.digest" in paths
    assert "run.json.baseline_commit" in paths
    assert "files.pre-deploy.boil/outputs/seen.md" in paths


def test_a_side_that_was_changed_is_refused_whichever_file_it_is(
    climbs: tuple[Path, Path], tmp_path: Path
) -> None:
    left, right = climbs
    names = [file.relative_to(right) for file in right.rglob("*") if file.is_file()]
    for number, name in enumerate(names):
        forged = tmp_path / str(number)
        shutil.copytree(right, forged)
        (forged / name).write_bytes((forged / name).read_bytes() + b"\n")
        with pytest.raises(UntrustedError):
            compare(left, forged)


def test_phases_of_two_runs_under_one_roof_are_refused(
    climbs: tuple[Path, Path], tmp_path: Path
) -> None:
    left, right = climbs
    shutil.copytree(left / "pre-deploy", tmp_path / "mixed" / "pre-deploy")
    shutil.copytree(right / "post-deploy", tmp_path / "mixed" / "post-deploy")
    with pytest.raises(UntrustedError, match="different runs"):
        compare(left, tmp_path / "mixed")


def test_a_folder_without_evidence_or_keys_proves_nothing(
    climbs: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UntrustedError, match="nothing is proven"):
        compare(tmp_path, climbs[0])
    shutil.copytree(climbs[0] / "pre-deploy", tmp_path / "bare")
    shutil.rmtree(tmp_path / "bare" / "trust")
    with pytest.raises(UntrustedError):
        compare(tmp_path / "bare", climbs[0] / "pre-deploy")
