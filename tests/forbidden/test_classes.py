"""Nine forbidden classes at every place that lets something go on: none ever passes."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import HeldError, LadderError, UntrustedError
from pipeline.flows import adopt
from pipeline.flows.compare import compare
from pipeline.flows.posture import posture
from pipeline.flows.reproduce import Ask, reproduce
from pipeline.flows.verify import verify, verify_folder
from pipeline.operations.workspace import Workspace
from tests.climbing import bakery, project
from tests.forbidden.forgeries import IN_A_FOLDER, IN_THE_STORE
from tests.forbidden.kitchen import RELEASE, STAGES, Evidence, Kitchen, nod, promote_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOP = len(STAGES)
OF_POLICY = {"synthetic", "drifted"}
"""What policies of now ask for. Places that look at facts alone have no say in it: a changed policy
never makes evidence untrue, and they let nothing go live."""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    return Kitchen(tmp_path_factory.mktemp("kitchen"))


def refused(name: str, act: Callable[[], object], held: set[str] = OF_POLICY) -> None:
    """Assert that something is held (10), or not believed (11); any other end is a hole."""
    with pytest.raises(LadderError) as caught:
        act()
    assert all(caught.value.lines())
    assert caught.value.exit_code == (10 if name in held else 11), caught.value.lines()


def nothing_proven(root: Path) -> None:
    """Assert that the posture does not call the release proven, deployable or ready."""
    told: dict[str, Any] = {"readiness": "refused", "production_ready": False}
    with contextlib.suppress(UntrustedError, HeldError):
        (told,) = posture(Workspace.open(root), release=RELEASE)["targets"]
    assert told["readiness"] != "proven"
    assert told["production_ready"] is False


def test_without_a_forgery_every_place_lets_it_go_on(kitchen: Kitchen, tmp_path: Path) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    evidence = Evidence(root)
    assert verify(Workspace.open(root), ladder=None, release=RELEASE)["verdict"] == "intact"
    verify_folder(evidence.folder, Workspace.open(root), None)
    assert compare(evidence.folder, evidence.folder).equal
    assert again(root)
    (told,) = posture(Workspace.open(root), release=RELEASE)["targets"]
    assert told["readiness"] == "proven"
    contract = adopt.review(Workspace.open(root), evidence.folder, dry_run=False)
    assert contract.holds == ()
    apply(root, contract.path or "")
    assert (root / "releases" / "ledger.json").is_file()


def apply(root: Path, path: str) -> None:
    workspace = Workspace.open(root)
    adopt.apply(workspace, root / path, adopter="Ada", reference="7", dry_run=False)


def again(root: Path) -> bool:
    ask = Ask(stage="bake", release=RELEASE)
    return reproduce(Workspace.open(root), ask, bakery.Runner(root), project.Quiet()).equal


@pytest.mark.parametrize("stage", STAGES)
def test_without_a_forgery_every_stage_is_passed(
    stage: str, kitchen: Kitchen, tmp_path: Path
) -> None:
    root = kitchen.copy(STAGES.index(stage), tmp_path / "bakery")
    if stage == "nod":
        nod(root)
    assert promote_to(root, stage) == (stage,)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", IN_THE_STORE)
def test_no_stage_is_passed(name: str, stage: str, kitchen: Kitchen, tmp_path: Path) -> None:
    """The stages below have passed; of the first two there is no evidence below yet, so theirs is.

    What policies of now ask for is asked of each stage before it begins, whatever lies below.
    """
    index = STAGES.index(stage)
    root = kitchen.copy(index if name in OF_POLICY else max(index, 2), tmp_path / "bakery")
    if stage == "nod":
        nod(root)
    IN_THE_STORE[name](Evidence(root))
    if (name, stage) == ("synthetic", "bake"):
        assert promote_to(root, stage) == (stage,)  # nothing is presented as anything yet
        stage = "look"
    refused(name, lambda: promote_to(root, stage))
    nothing_proven(root)


@pytest.mark.parametrize("name", IN_THE_STORE)
def test_no_approval_lets_it_go_on(name: str, kitchen: Kitchen, tmp_path: Path) -> None:
    root = kitchen.copy(STAGES.index("nod"), tmp_path / "bakery")
    IN_THE_STORE[name](Evidence(root))

    def approve_and_go_on() -> None:
        nod(root)
        promote_to(root, "nod")

    refused(name, approve_and_go_on, OF_POLICY | {"skipped"})  # nobody approves what has a hole
    nothing_proven(root)


@pytest.mark.parametrize("name", IN_THE_STORE)
def test_nothing_is_proven_of_a_whole_release(name: str, kitchen: Kitchen, tmp_path: Path) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    IN_THE_STORE[name](Evidence(root))
    nothing_proven(root)
    refused(name, lambda: promote_to(root, STAGES[-1]))


@pytest.mark.parametrize("name", [name for name in IN_THE_STORE if name not in OF_POLICY])
def test_neither_verify_nor_reproduce_believes_it(
    name: str, kitchen: Kitchen, tmp_path: Path
) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    IN_THE_STORE[name](Evidence(root))
    refused(name, lambda: verify(Workspace.open(root), ladder=None, release=RELEASE))
    ask = Ask(stage=STAGES[-1], release=RELEASE)
    runner = bakery.Runner(root)
    refused(name, lambda: reproduce(Workspace.open(root), ask, runner, project.Quiet()))


@pytest.mark.parametrize("name", IN_A_FOLDER)
def test_nothing_is_adopted(name: str, kitchen: Kitchen, tmp_path: Path) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    evidence = Evidence(root)
    IN_A_FOLDER[name](evidence)

    def adopt_it() -> None:
        contract = adopt.review(Workspace.open(root), evidence.folder, dry_run=False)
        apply(root, contract.path or "")

    refused(name, adopt_it)
    assert not (root / "releases").exists()


@pytest.mark.parametrize("name", IN_A_FOLDER)
def test_a_contract_that_was_reviewed_before_is_not_applied(
    name: str, kitchen: Kitchen, tmp_path: Path
) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    evidence = Evidence(root)
    path = adopt.review(Workspace.open(root), evidence.folder, dry_run=False).path or ""
    IN_A_FOLDER[name](evidence)
    refused(name, lambda: apply(root, path))
    assert not (root / "releases").exists()


@pytest.mark.parametrize("name", [name for name in IN_A_FOLDER if name not in OF_POLICY])
def test_a_folder_is_not_believed(name: str, kitchen: Kitchen, tmp_path: Path) -> None:
    root = kitchen.copy(TOP, tmp_path / "bakery")
    evidence = Evidence(root)
    intact = tmp_path / "intact"
    shutil.copytree(evidence.folder, intact)
    IN_A_FOLDER[name](evidence)
    refused(name, lambda: verify_folder(evidence.folder, Workspace.open(root), None))
    if name not in {"stale", "revoked"}:  # two folders are compared by the keys that they carry
        refused(name, lambda: compare(evidence.folder, intact))
