"""The review contract: what it is made from, what it says, and what holds or spoils it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.core.adoption import Contract
from pipeline.core.canonical import Digest
from pipeline.errors import HeldError, UntrustedError, WrongUsageError
from pipeline.flows import adopt as flow
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.adoption.spoiling import flip, record, swap
from tests.climbing import bakery, project
from tests.tasks.calling import call, photograph

if TYPE_CHECKING:
    from collections.abc import Callable


def review(root: Path, folder: Path) -> flow.Reviewing:
    return flow.review(Workspace.open(root), folder, dry_run=True)


def test_a_contract_names_bundles_records_policies_and_origin(climbed: Path) -> None:
    run = shelf.run_of(climbed, shelf.FIRST)
    contract = review(climbed, run).contract
    for source in contract.sources:
        folder = climbed / source.path
        assert folder == run / source.phase.value
        assert source.closed
        assert source.manifest == str(Digest.of((folder / "HASH_MANIFEST.txt").read_bytes()))
        assert source.seal == str(Digest.of((folder / "bundle.sigstore.json").read_bytes()))
    written = {
        path.relative_to(run).as_posix()
        for path in run.glob("*/*/*-record-*.sigstore.json")
        if path.parents[1].parent == run
    }
    assert {f"{one.phase.value}/{one.path}" for one in contract.records} == written
    for one in contract.records:
        data = (run / one.phase.value / one.path).read_bytes()
        assert one.digest == str(Digest.of(data))
    now = str(Workspace.open(climbed).configuration.policies.digest)
    assert (contract.source_policies, contract.current_policies) == ((now,), now)
    assert contract.policies_status.value == "match"
    assert contract.origin_class.value == "local_or_synthetic_proof"
    assert contract.adopted_record_ids == tuple(r.record_id for r in contract.records if r.adopted)


def test_families_that_the_policy_does_not_adopt_stay_in_the_bundle(climbed: Path) -> None:
    contract = review(climbed, shelf.run_of(climbed, shelf.FIRST)).contract
    left = [one.family for one in contract.records if not one.adopted]
    assert left == ["canary"]


def test_one_phase_takes_the_other_beside_it(fresh: Path) -> None:
    run = shelf.run_of(fresh, shelf.FIRST)
    whole = shelf.reviewed(fresh, shelf.FIRST).read_bytes()
    for phase in ("pre-deploy", "post-deploy"):
        assert review(fresh, run / phase).contract.to_bytes() == whole
    assert [source.phase.value for source in Contract.parse(whole).sources] == [
        *("pre-deploy", "post-deploy"),
    ]


def test_a_contract_made_again_has_the_same_bytes(fresh: Path) -> None:
    assert (
        shelf.reviewed(fresh, shelf.FIRST).read_bytes()
        == shelf.reviewed(fresh, shelf.FIRST).read_bytes()
    )


def test_a_dry_run_tells_all_and_writes_nothing(fresh: Path) -> None:
    before = photograph(fresh)
    folder = shelf.run_of(fresh, shelf.FIRST).relative_to(fresh).as_posix()
    called = call(fresh, "adopt", "--from", folder, "--dry-run", "--json")
    assert called.code == 0, called.err
    assert called.document["path"] is None
    assert called.document["holds"] == []
    assert "nothing was written" in called.err
    assert photograph(fresh) == before


def test_a_contract_is_told_to_people(fresh: Path) -> None:
    folder = shelf.run_of(fresh, shelf.FIRST)
    called = call(fresh, "adopt", "--from", str(folder / "pre-deploy"))
    assert called.code == 0, called.err
    for word in ("bread.whl", "linkage", "local_or_synthetic_proof", "closed", "--adopter WHO"):
        assert word in called.out
    assert "HELD" not in called.out


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: flip(record(run, "linkage")),
        lambda run: record(run, "tracking").unlink(),
        lambda run: swap(record(run, "tracking"), record(run, "promotion")),
        lambda run: swap(record(run, "tracking"), record(run, "tracking", "post-deploy")),
        lambda run: flip(run / "pre-deploy" / "bundle.sigstore.json"),
        lambda run: flip(run / "post-deploy" / "HASH_MANIFEST.txt"),
        lambda run: flip(run / "post-deploy" / "journal.jsonl"),
        lambda run: (run / "post-deploy" / "more.txt").write_text("more"),
        lambda run: swap(run / "pre-deploy" / "run.json", run / "pre-deploy" / "journal.jsonl"),
        lambda run: (run / "post-deploy").rename(run / "pre-deploy" / "inner"),
    ],
    ids=range(10),
)
def test_a_bundle_that_is_not_as_it_was_sealed_is_refused(
    fresh: Path, spoil: Callable[[Path], object]
) -> None:
    run = shelf.run_of(fresh, shelf.FIRST)
    spoil(run)
    with pytest.raises(UntrustedError):
        review(fresh, run)


@pytest.mark.parametrize("phase", ["pre-deploy", "post-deploy"])
def test_a_phase_of_another_run_beside_is_refused(fresh: Path, phase: str) -> None:
    first, second = (shelf.run_of(fresh, name) for name in (shelf.FIRST, shelf.SECOND))
    shutil.rmtree(first / phase)
    shutil.copytree(second / phase, first / phase)
    with pytest.raises(UntrustedError, match="different runs"):
        review(fresh, first)


def test_a_phase_twice_is_no_run(fresh: Path) -> None:
    run = shelf.run_of(fresh, shelf.FIRST)
    shutil.rmtree(run / "post-deploy")
    shutil.copytree(run / "pre-deploy", run / "post-deploy")
    with pytest.raises(UntrustedError, match="one phase stands twice"):
        review(fresh, run)


def test_evidence_by_a_key_that_nobody_knows_here_is_refused(fresh: Path) -> None:
    shutil.rmtree(fresh / ".release-ladder" / "keys")
    with pytest.raises(UntrustedError, match="no trusted key"):
        review(fresh, shelf.run_of(fresh, shelf.FIRST))


def test_evidence_outside_of_the_project_cannot_be_named(fresh: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(shelf.run_of(fresh, shelf.FIRST), tmp_path / "elsewhere"))
    with pytest.raises(WrongUsageError, match="outside of the project"):
        review(fresh, run)


def test_a_link_to_the_evidence_is_not_followed(fresh: Path) -> None:
    link = fresh / "artifacts" / "run"
    link.symlink_to(shelf.run_of(fresh, shelf.FIRST))
    with pytest.raises(UntrustedError, match="symbolic link"):
        review(fresh, link)


@pytest.mark.parametrize("what", ["pre-deploy", "post-deploy"])
def test_a_missing_phase_holds(fresh: Path, what: str) -> None:
    run = shelf.run_of(fresh, shelf.FIRST)
    shutil.rmtree(run / what)
    assert any(what in hold and "missing" in hold for hold in review(fresh, run).holds)
    with pytest.raises(HeldError, match="missing"):
        shelf.applied(fresh, shelf.reviewed(fresh, shelf.FIRST))


def test_a_phase_that_is_not_closed_holds_and_so_do_records_that_are_not_there(
    tmp_path: Path,
) -> None:
    root = bakery.make(tmp_path / "project")
    bakery.climb(root, "look")
    (run,) = (root / "artifacts" / "release-evidence" / "home").iterdir()
    found = review(root, run)
    assert found.contract.records == ()
    assert found.contract.policies_status.value == "unknown"
    assert any("not closed" in hold for hold in found.holds)
    assert any("no generated record" in hold for hold in found.holds)
    called = call(root, "adopt", "--from", str(run))
    assert (called.code, "HELD" in called.out) == (0, True), called.err
    file = json.loads(call(root, "adopt", "--from", str(run), "--json").out)["path"]
    called = call(root, "adopt", "--review", file, "--adopter", "Ada", "--reference", "x")
    assert called.code == 10
    assert not (root / "releases").exists()


def test_every_family_that_the_policy_names_must_be_there(fresh: Path) -> None:
    phase, family, policy = "post-deploy", "canary", "canary_policy.pot.counter"
    names = Workspace.open(fresh).configuration.policies.adoption[0].families
    more = {each.value: [one.value for one in listed] for each, listed in names.items()}
    more[phase] = [*more[phase], family]
    stages = [dict(stage) for stage in bakery.STAGES]
    closing = next(stage for stage in reversed(stages) if stage["phase"] == phase)
    closing["records"] = {**closing["records"], family: policy}
    bakery.reconfigure(fresh, adoption={"families": more}, ladder={"stages": stages})
    found = review(fresh, shelf.run_of(fresh, shelf.FIRST))
    assert f"{phase} has no generated record of {family}" in found.holds


def test_policies_of_another_day_are_told_and_hold(fresh: Path) -> None:
    bakery.reconfigure(fresh, tracking={"artifact_name": "rye"})
    found = review(fresh, shelf.run_of(fresh, shelf.FIRST))
    assert found.contract.policies_status.value == "drifted"
    assert found.contract.source_policies != (found.contract.current_policies,)
    assert "the records were made under other policies than today's" in found.holds
    with pytest.raises(HeldError, match="other policies"):
        shelf.applied(fresh, shelf.reviewed(fresh, shelf.FIRST))


def test_no_policy_for_the_target_denies(fresh: Path) -> None:
    (fresh / "config/policies/adoption.yaml").write_text("family: adoption\npolicies: []\n")
    project.git(fresh, "commit", "--quiet", "--all", "--message=Nobody adopts")
    found = review(fresh, shelf.run_of(fresh, shelf.FIRST))
    assert found.holds[0] == "no adoption policy names 'pot'; an empty policy denies"
    assert found.contract.adopted_record_ids == ()
    with pytest.raises(HeldError, match="no adoption policy"):
        shelf.applied(fresh, shelf.reviewed(fresh, shelf.FIRST))
