"""A recorded stage is found again, or else the place in which it differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations.workspace import Workspace
from tests.climbing import again, project
from tests.climbing.again import SCRATCH, bundles, made
from tests.edges import projects

LIVE = projects.FILES["ladders/kettle"]


def marks(root: Path) -> dict[str, int]:
    """Return every file of store and views with its last change."""
    return {
        str(file): file.stat().st_mtime_ns
        for file in sorted((root / "artifacts").rglob("*"))
        if file.is_file()
    }


def test_every_stage_of_a_release_is_found_again_and_nothing_is_left(tmp_path: Path) -> None:
    root = made(tmp_path / "tea", SCRATCH)
    before = marks(root)
    told = {stage: again.again(root, stage) for stage in ("water", "heat", "pour", "taste")}
    assert {stage: report.again.differences for stage, report in told.items()} == dict.fromkeys(
        told, ()
    )
    assert [report.how.value for report in told.values()] == ["rerun", "rerun"] + ["scratch"] * 2
    assert marks(root) == before
    assert list((root / ".release-ladder" / "reproduce").iterdir()) == []


def test_a_step_that_makes_other_bytes_each_time_is_found(tmp_path: Path) -> None:
    root = made(tmp_path / "tea", noise="")
    report = again.again(root, "water")
    assert not report.equal
    (difference,) = report.again.differences
    assert difference.startswith("artifacts.artifacts/kettle.txt.digest: sha256:")
    assert "1 difference" in report.lines()[0]


def test_another_exit_code_and_another_output_are_found(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    (root / "litres").write_text("1")
    assert again.again(root, "boil").again.differences == (
        "outputs.outputs/seen.md: only recorded",
        "outputs.outputs/seen.txt: only reproduced",
    )
    (root / "cold").write_text("")
    found = again.again(root, "boil").again.differences
    assert "steps[0].exit_code: 0, 3" in found
    assert "verdict: pass, fail" in found


def test_a_recorded_failure_is_found_again_too(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea", files={"light.py": again.LIGHT, "cold": ""})
    with pytest.raises(Exception, match="boil failed"):
        project.climb(root)
    assert again.again(root, "boil").equal
    (root / "cold").unlink()
    assert "verdict: fail, pass" in again.again(root, "boil").again.differences


def test_inputs_are_those_of_then_and_another_definition_is_said(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    path = root / "config" / "ladders" / "kettle.yaml"
    path.write_text(path.read_text().replace("{litres: 1}", "{litres: 2}"))
    report = again.again(root, "water")
    assert [text.partition(":")[0] for text in report.again.differences] == ["stage_digest"]
    assert report.again.notes == ("the ladder changed since; the steps are run under today's",)


def test_a_changed_artifact_in_the_store_is_refused(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    (kettle,) = [
        file
        for file in (root / "artifacts" / "store" / "objects").iterdir()
        if file.read_bytes().startswith(b"1 litres")
    ]
    kettle.chmod(0o644)
    kettle.write_bytes(kettle.read_bytes().replace(b"1", b"2"))
    for stage in ("water", "boil"):
        with pytest.raises(UntrustedError):
            again.again(root, stage)


def test_without_a_record_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    with pytest.raises(UntrustedError, match=r"nothing is recorded of 1\.0"):
        again.again(root, "water")
    project.climb(root, stage="water")
    with pytest.raises(UntrustedError, match="nothing is recorded of boil"):
        again.again(root, "boil")
    with pytest.raises(WrongUsageError, match="no stage 'stir'"):
        again.again(root, "stir")
    with pytest.raises(WrongUsageError, match="--key says"):
        again.again(root, "water", key=root / "key.pem")


def test_a_live_stage_is_not_run_again_unless_its_ladder_says_scratch(tmp_path: Path) -> None:
    root = made(tmp_path / "tea", LIVE)
    with pytest.raises(UntrustedError, match="changes a live target"):
        again.again(root, "pour")


def test_on_a_scratch_target_the_live_stage_below_is_run_first(tmp_path: Path) -> None:
    root = made(tmp_path / "tea", SCRATCH)
    cup = root / ".release-ladder" / "targets" / "pot" / "cup"
    cup.write_text("somebody else's")
    report = again.again(root, "taste")
    assert report.equal
    assert report.again.done[0] == "pour was run on the scratch target first"
    assert cup.read_text() == "somebody else's"


def test_what_a_killed_reproduction_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    above = root / ".release-ladder" / "reproduce"
    for name in ("4194304-dead", "1-init", "odd"):  # pids end below 2**22
        (above / name / "work").mkdir(parents=True)
    assert again.again(root, "water").equal
    assert [folder.name for folder in above.iterdir()] == ["1-init"]


def test_evidence_from_elsewhere_serves_as_well_as_the_store(tmp_path: Path) -> None:
    root = made(tmp_path / "tea", SCRATCH)
    shutil.copytree(bundles(root), tmp_path / "evidence")
    shutil.rmtree(root / "artifacts")
    for stage in ("water", "boil", "pour", "taste"):
        assert again.again(root, stage, evidence=tmp_path / "evidence").equal, stage
    assert again.again(root, "water", evidence=tmp_path / "evidence" / "pre-deploy").equal
    with pytest.raises(UntrustedError, match="the evidence before it is not here: water, boil"):
        again.again(root, "pour", evidence=tmp_path / "evidence" / "post-deploy")
    with pytest.raises(WrongUsageError, match=r"not of 2\.0"):
        again.again(root, "water", evidence=tmp_path / "evidence", release="2.0")
    assert not (root / "artifacts" / "store" / "objects").exists()


def test_evidence_by_a_foreign_key_is_refused_until_the_key_is_given(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    shutil.rmtree(root / ".release-ladder")
    folder = bundles(root)
    with pytest.raises(UntrustedError, match="unknown_key"):
        again.again(root, "water", evidence=folder)
    (key,) = (folder / "pre-deploy" / "trust" / "keys").iterdir()
    assert again.again(root, "water", evidence=folder, key=key).equal


def test_a_bundle_with_one_changed_file_is_refused_whichever_it_is(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    whole = bundles(root) / "pre-deploy"
    names = [file.relative_to(whole) for file in whole.rglob("*") if file.is_file()]
    assert len(names) > 10
    for name in names:
        forged = tmp_path / "forged"
        shutil.copytree(whole, forged)
        data = bytearray((forged / name).read_bytes())
        data[len(data) // 2] ^= 1
        (forged / name).write_bytes(data)
        with pytest.raises(UntrustedError):
            again.again(root, "boil", evidence=forged)
        shutil.rmtree(forged)


def test_evidence_of_a_commit_that_is_not_here_is_refused(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other", extra="another commit")
    (key,) = (bundles(other) / "pre-deploy" / "trust" / "keys").iterdir()
    with pytest.raises(UntrustedError, match="which this repository does not have"):
        again.again(one, "water", evidence=bundles(other), key=key)


def test_the_report_is_one_json_document(tmp_path: Path) -> None:
    root = made(tmp_path / "tea")
    told = json.loads(json.dumps(again.again(root, "water").to_dict()))
    run = Workspace.open(root).store.names("runs/")[0].removeprefix("runs/")
    assert told["verdict"] == "equal"
    assert (told["stage"], told["how"], told["run"]) == ("water", "rerun", run)
    assert told["done"] == ["run again: tea.fill exit 0; pass, 1 artifacts, 0 statements"]
