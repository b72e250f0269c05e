"""What a launch asks for besides, in a project that really climbs to its top: the bakery."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.canonical import Digest, load_canonical
from pipeline.core.compatibility import Matrix
from pipeline.core.interpreter import Interpreter, Platform, Python
from pipeline.core.launch import LaunchProof
from pipeline.core.statement import TEST_RESULT
from pipeline.errors import HeldError
from pipeline.operations.deciding import deciding
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.launching import launch_proofs
from pipeline.operations.workspace import Workspace
from tests.climbing import bakery, project

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.gates import Finding

PROOF = "evidence.pot.private_tasting"
ENTRY: dict[str, Any] = {
    "id": PROOF,
    "title": "Nobody else's bread is served",
    "kind": "private_acceptance_proof",
    "status": "defined_launch_window_proof_pending",
    "stages": ["pot"],
    "provenance_status": "private_acceptance_defined_not_executed",
    "production_grade": False,
    "notes": "run at the counter, in the launch window",
    "proof": {"test": "own_bread_alone"},
}
COUNTER = ENTRY | {
    "id": "evidence.pot.counter",
    "kind": "smoke_path",
    "status": "defined_not_executed",
    "provenance_status": "smoke_path_defined_not_executed",
    "proof": None,
}
"""What the bakery's smoke policy names."""
HERE = Interpreter(
    python=Python(implementation="cpython", version="3.12.1"),
    platform=Platform(sys_platform="linux", machine="x86_64", libc=None),
)
ROW = {"python": "3.12", "platform": "linux-x86_64"}


def said(stage: str, *tests: str, configuration: object = ()) -> dict[str, Any]:
    """Return what a stage's test result says instead of what the bakery has it say."""
    result = {"result": "PASSED", "passedTests": list(tests), "failedTests": []}
    return {stage: {TEST_RESULT: result | {"configuration": list(configuration or ())}}}  # type: ignore[call-overload]


def make(folder: Path, words: dict[str, Any], **changes: Any) -> Path:  # noqa: ANN401 - fields
    """Make the bakery with its registry; `words` are what its stages say."""
    root = bakery.make(folder, files={"said.json": json.dumps(words)}, **changes)
    registry = json.dumps({"evidence": [ENTRY, COUNTER]})
    (root / "config" / "registry.yaml").write_text(registry, "utf-8")
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--amend", "--no-edit")
    project.git(root, "tag", "--force", "v1.0")
    return root


def of_the_release(root: Path, gate: str) -> list[Finding]:
    """Return a gate's findings about the whole release."""
    workspace = Workspace.open(root)
    ladder = workspace.ladder()
    run = find(workspace, identify(workspace, ladder, None))
    assert run is not None
    found = deciding(workspace, run, ladder, None).decision.findings
    return [finding for finding in found if finding.id.startswith(f"{gate}.")]


def served_and_held(root: Path) -> None:
    """See that every stage passes, the live one too, and that the release is held for its proof."""
    with pytest.raises(HeldError, match="every stage has passed, and the release is held") as held:
        bakery.climb(root)
    assert PROOF in held.value.what
    workspace = Workspace.open(root)
    run = find(workspace, identify(workspace, workspace.ladder(), None))
    assert run is not None
    ended = {entry.name for entry in run.journal.entries if entry.status.value == "pass"}
    assert ended == set(bakery.STAGE_IDS)


def test_a_proof_does_not_hold_the_deploy_and_holds_the_release_until_it_was_run(
    tmp_path: Path,
) -> None:
    root = make(tmp_path, {}, approval={"launch_proofs": [PROOF]})
    served_and_held(root)
    (finding,) = of_the_release(root, "launch_proofs")
    assert (finding.id, finding.weight.value) == ("launch_proofs.pending", "holds")
    assert "no test result of this release names own_bread_alone" in finding.what
    assert "--stage taste" in finding.command


def test_a_proof_that_the_last_stage_ran_is_satisfied(tmp_path: Path) -> None:
    words = said("taste", "sip", "till", "own_bread_alone")
    root = make(tmp_path, words, approval={"launch_proofs": [PROOF]})
    bakery.climb(root)
    (finding,) = of_the_release(root, "launch_proofs")
    assert (finding.id, finding.weight.value) == (f"launch_proofs.{PROOF}", "passes")


def test_a_proof_that_was_run_before_anything_was_live_is_pending(tmp_path: Path) -> None:
    words = said("try", "crust", "own_bread_alone")
    root = make(tmp_path, words, approval={"launch_proofs": [PROOF]})
    served_and_held(root)
    (finding,) = of_the_release(root, "launch_proofs")
    assert finding.id == "launch_proofs.pending"


def test_a_document_that_says_the_proof_was_run_satisfies_nothing(tmp_path: Path) -> None:
    root = make(tmp_path, {}, approval={"launch_proofs": [PROOF]})
    for name in ("PROOF.md", "own_bread_alone.json"):
        (root / name).write_text('{"result": "PASSED", "passedTests": ["own_bread_alone"]}')
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=We ran it, we promise")
    served_and_held(root)
    (finding,) = of_the_release(root, "launch_proofs")
    assert finding.id == "launch_proofs.pending"


def test_the_proofs_of_a_target_are_what_its_approval_lists_as_the_registry_has_them(
    tmp_path: Path,
) -> None:
    root = make(tmp_path, {}, approval={"launch_proofs": [PROOF]})
    workspace = Workspace.open(root)
    assert list(launch_proofs(workspace, "pot")) == [LaunchProof(id=PROOF, test="own_bread_alone")]
    assert list(launch_proofs(workspace, "cup")) == []


def test_the_matrix_lies_beside_the_records_and_the_promotion_record_names_it(
    tmp_path: Path,
) -> None:
    root = make(tmp_path, said("try", "crust", configuration=HERE.descriptors()))
    run = bakery.climb(root).run
    folder = root / "artifacts" / "release-evidence" / "home" / run.context.run
    for phase, stage in (("pre-deploy", "nod"), ("post-deploy", "taste")):
        records = folder / phase / stage / "records"
        data = (records / "compatibility.json").read_bytes()
        promotion = load_canonical((records / "promotion.json").read_bytes())
        assert promotion["compatibility_matrix"] == str(Digest.of(data))
        (row,) = Matrix.from_json(load_canonical(data)).rows
        assert (row.interpreter, row.result.value, row.stage) == (HERE, "passed", "try")
        assert row.artifact.name == "bread.whl"


def test_the_matrix_of_the_last_stage_knows_its_own_test_result(tmp_path: Path) -> None:
    words = said("taste", "sip", "till", configuration=HERE.descriptors())
    run = bakery.climb(make(tmp_path, words)).run
    folder = tmp_path / "artifacts" / "release-evidence" / "home" / run.context.run
    data = (folder / "post-deploy" / "taste" / "records" / "compatibility.json").read_bytes()
    found = Matrix.from_json(load_canonical(data))
    assert [row.stage for row in found.rows] == ["taste"]
    assert len(found.untold) == 1, "that of `try` does not tell where it ran"


@pytest.mark.parametrize("wanted", [ROW, ROW | {"python": "3.13"}])
def test_what_is_certified_must_have_passed_before_the_next_stage(
    tmp_path: Path, wanted: dict[str, str]
) -> None:
    demand = {"certification": "required", "certified": [wanted]}
    words = said("try", "crust", configuration=HERE.descriptors())
    root = make(tmp_path, words, promotion=demand)
    if wanted == ROW:
        assert bakery.climb(root).did == tuple(bakery.STAGE_IDS)
        (finding,) = of_the_release(root, "compatibility")
        assert finding.weight.value == "passes"
        return
    with pytest.raises(HeldError, match=r"no test result of this release is about 3\.13 on linux"):
        bakery.climb(root)
