"""How the expected signer stands, for decisions: with a signer process, and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.core.families import RecordFamily
from pipeline.core.statement import record_type
from pipeline.operations.deciding import Actor, deciding
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.signer_boundary import EVERY_ATTEMPT, open_signer, signer_standing
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import FILES
from tests.operations.test_signer_boundary import key_of, listed, tea

if TYPE_CHECKING:
    from pathlib import Path


def test_a_decision_knows_whether_a_signer_has_proven_itself(tmp_path: Path) -> None:
    root = tea(tmp_path)
    project.climb(root, "water")
    workspace = Workspace.open(root)
    ladder = workspace.ladder()
    run = find(workspace, identify(workspace, ladder, None))
    assert run is not None
    told = deciding(workspace, run, ladder, ladder.stage("boil"), asked=1)
    with open_signer(workspace) as signer:
        actor = Actor(token=1, signer=signer.prove())
        proven = deciding(workspace, run, ladder, ladder.stage("boil"), asked=1, actor=actor)
    found = [
        [f.id for f in each.decision.findings if f.id.startswith("signer.")]
        for each in (told, proven)
    ]
    assert found == [["signer.compared"], ["signer.proven"]]


def test_before_the_first_run_telling_makes_no_key(tmp_path: Path) -> None:
    workspace = Workspace.open(tea(tmp_path))
    standing = signer_standing(workspace, workspace.ladder().stages[0])
    assert (standing.expected, standing.local, standing.known) == (None, None, None)
    assert not (workspace.state / "keys").exists()


def test_a_stage_whose_types_the_key_may_not_sign_is_told(tmp_path: Path) -> None:
    theirs = key_of(tmp_path / "elsewhere")
    wanted = f"{{key: '{theirs.public.key_id}'}}"
    text = listed(theirs).replace("roles: {}", "roles: {sealer: [tea-maker]}")
    kettle = FILES["ladders/kettle"].replace(
        "    effect: live",
        "    emits: [https://release-ladder.readthedocs.io/predicates/deployment/v1]",
    )
    root = project.make(
        tmp_path / "tea",
        pipeline=FILES["pipeline"] + f"signer: {wanted}\n",
        trust=text,
        ladders__kettle=kettle,
    )
    workspace = Workspace.open(root)
    plain, pour = (workspace.ladder().stage(name) for name in ("water", "pour"))
    assert signer_standing(workspace, plain).unable == ()
    assert signer_standing(workspace, pour).unable == pour.emits
    adopting = plain.model_copy(update={"records": {RecordFamily.ADOPTION: "adoption.pot"}})
    assert signer_standing(workspace, adopting).unable == (record_type(RecordFamily.ADOPTION),)


@pytest.mark.parametrize("kind", EVERY_ATTEMPT)
def test_a_key_that_may_not_sign_what_every_attempt_leaves_is_told(
    tmp_path: Path, kind: str
) -> None:
    theirs = key_of(tmp_path / "elsewhere")
    wanted = f"{{key: '{theirs.public.key_id}'}}"
    root = tea(tmp_path / "tea", signer=wanted, trust=listed(theirs))
    workspace = Workspace.open(root)
    assert kind in signer_standing(workspace, workspace.ladder().stages[0]).unable
