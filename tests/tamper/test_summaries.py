"""Signed summaries (SLSA VSA) in evidence: each attempt has its own, and no other stands for it."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.statement import VSA
from pipeline.errors import UntrustedError
from pipeline.operations.evidence import Source, opened
from pipeline.operations.posturing import the_run
from pipeline.operations.summarised import check_summary
from pipeline.operations.workspace import Workspace
from pipeline.proof.verify import VerifiedStatement, verify_foreign
from tests.climbing import project
from tests.tamper import forge, release
from tests.tasks.calling import call


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release.finished(tmp_path_factory.mktemp("summaries") / "project")


def summaries(root: Path) -> dict[str, Path]:
    """Return stage → the summary that lies in its folder."""
    return {
        path.parent.name: path
        for folder in release.phases(root).values()
        for path in folder.glob("*/*-verification-summary.sigstore.json")
    }


def said(path: Path) -> dict[str, Any]:
    envelope = json.loads(path.read_bytes())["dsseEnvelope"]
    statement: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return statement


def test_every_attempt_after_the_first_artifact_has_a_signed_summary(done: Path) -> None:
    assert set(summaries(done)) == {"boil", "nod", "pour", "taste"}
    for stage, path in summaries(done).items():
        statement = said(path)
        decision = (path.parent / "decision.json").read_bytes()
        assert statement["predicateType"] == VSA
        assert statement["predicate"]["resourceUri"] == f"release-ladder:tea/pot?stage={stage}"
        assert str(Digest.of(decision)) in statement["predicate"].values()
        assert statement["predicate"]["timeVerified"] == json.loads(decision)["now"]


def test_anybody_with_the_key_can_verify_it_about_an_artifact(done: Path) -> None:
    """As cosign does with `--key`: the DSSE signature over the payload, and the subject."""
    path = summaries(done)["pour"]
    artifact = Digest.parse("sha256:" + said(path)["subject"][0]["digest"]["sha256"])
    pem = release.key_of(done).read_bytes()
    found = verify_foreign(path.read_bytes(), pem, artifact)
    assert isinstance(found, VerifiedStatement)
    assert found.statement.predicate["verificationResult"] == "PASSED"


def test_a_summary_names_every_statement_before_it_but_summaries(done: Path) -> None:
    listed = [
        item["uri"].rpartition("/")[2]
        for item in said(summaries(done)["pour"])["predicate"]["inputAttestations"]
    ]
    assert listed.count("00-stage-result.sigstore.json") == 3
    assert not [name for name in listed if "verification-summary" in name]
    assert [name for name in listed if "approval" in name]


def test_evidence_with_summaries_verifies_from_the_store_and_alone(done: Path) -> None:
    assert call(done, "verify").code == 0
    for folder in release.phases(done).values():
        assert call(done, "verify", "--evidence", str(folder)).code == 0


def test_a_hold_can_be_handed_on_unsigned(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    project.climb(root, "water")
    assert call(root, "hold", "--target", "pot", "--reason", "leaks").code == 0
    found = call(root, "why", "--stage", "boil", "--json").document
    assert found["vsa"]["predicate"]["verificationResult"] == "FAILED"
    assert found["vsa"]["predicate"]["verifiedLevels"] == ["FAILED"]
    assert call(root, "why", "--stage", "water", "--json").document["vsa"] is None


def test_before_an_artifact_there_is_nothing_to_hand_on(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    found = call(root, "why", "--stage", "water", "--json").document
    assert found["vsa"] is None


@pytest.mark.parametrize("stage", ["boil", "nod", "taste"])
def test_the_valid_summary_of_another_stage_is_refused_in_its_place(done: Path, stage: str) -> None:
    """Same run, same key, same artifacts: only the purpose and the decision are another's."""
    workspace = Workspace.open(done)
    ladder = workspace.ladder(None)
    source = Source.of(workspace, the_run(workspace, ladder, None), ladder)
    ends = {
        entry.name: entry
        for entry in source.run.journal.entries
        if entry.outputs.get("stage_result")
    }
    mine, other = opened(source, ends["pour"]), opened(source, ends[stage])
    (summary,) = mine.of(VSA)
    (stranger,) = other.of(VSA)
    artifacts = {subject.name: subject.digest for subject in summary.statement.subjects}
    check_summary(summary, mine.result, workspace.store, artifacts, "here")
    with pytest.raises(UntrustedError, match="resourceUri"):
        check_summary(stranger, mine.result, workspace.store, artifacts, "here")


def test_an_insider_cannot_put_a_better_summary_into_a_stage_result(
    done: Path, tmp_path: Path
) -> None:
    """The project's own key signs a level that nobody evaluated, and a result that lists it."""
    root = Path(shutil.copytree(done, tmp_path / "copy", symlinks=True))

    def better(statement: dict[str, Any]) -> None:
        statement["predicate"]["verifiedLevels"] = ["SLSA_BUILD_LEVEL_3"]

    forged = forge.resigned(summaries(root)["taste"].read_bytes(), forge.own_key(root), better)

    def relist(result: dict[str, Any]) -> None:
        (mine,) = [item for item in result["statements"] if item["type"] == VSA]
        mine["digest"] = forge.put(root, forged)

    items = forge.entries(root)
    items[-1]["outputs"]["stage_result"] = forge.restage(
        root, items[-1]["outputs"]["stage_result"], relist
    )
    forge.unseal(root, len(items) - 1)
    forge.write_journal(root, items)
    with pytest.raises(UntrustedError, match="a summary of another decision: verifiedLevels"):
        release.climb(root)


def test_no_ladder_lets_a_step_sign_a_summary(tmp_path: Path) -> None:
    ladder = release.LADDER.replace(release.LEAF, VSA)
    root = release.make(tmp_path / "tea", ladders__kettle=ladder)
    done = call(root, "check")
    assert done.code == 13
    assert "is signed by the pipeline itself" in done.err
