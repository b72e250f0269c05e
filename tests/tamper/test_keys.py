"""Keys that ran out, were revoked or replaced, are strangers', or stand in trust.yaml."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.edges import clock
from pipeline.errors import HeldError, WrongUsageError
from pipeline.flows.posture import posture
from pipeline.flows.verify import verify_one
from pipeline.operations.workspace import Workspace
from tests.proof import making
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from pathlib import Path

ROLES = (
    *("builder", "tester", "judge", "approver", "deployer", "smoke", "adopter"),
    *("rebuilder", "sealer"),
)


def list_key(root: Path, custody: str = "local", **more: str) -> None:
    """Write the local key's public half into config/trust.yaml, and commit it."""
    pem = release.key_of(root).read_text()
    text = release.trust_of(("ada", pem, more), roles=ROLES, custody=custody)
    release.commit(root, "config/trust.yaml", text)


def both_refuse(root: Path, reason: str) -> None:
    before = damage.state(root)
    assert reason in refused(damage.check, root)
    assert reason in refused(climb_it, root)
    assert damage.state(root) == before


def climb_it(root: Path) -> object:
    return release.climb(root, version="1.0")


def test_a_key_that_is_listed_and_good_is_believed(finished: Path) -> None:
    list_key(finished)
    damage.check(finished)


def test_a_key_past_its_time_voids_what_it_signed(finished: Path) -> None:
    """The clock moves; trust.yaml had narrowed the key's time."""
    list_key(finished, valid_until='"2998-01-01T00:00:00Z"')
    damage.check(finished)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: "2998-01-01T00:00:00Z")
        both_refuse(finished, "was valid until")


def test_a_key_narrowed_to_the_past_voids_what_it_signed(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_key(finished, valid_until='"2098-01-01T00:00:00Z"')
    moment = later(finished)
    list_key(finished, valid_until=f'"{moment}"')
    monkeypatch.setattr(clock, "now", lambda: moment)
    both_refuse(finished, "key_expired")


def later(root: Path) -> str:
    """Return a time within the local key's own, after everything that is recorded."""
    newest: str = forge.entries(root)[-1]["completed_at"]
    return f"{newest[:11]}23:59:59Z"


def test_a_revoked_key_voids_what_it_signed(finished: Path) -> None:
    list_key(finished, revoked="true")
    both_refuse(finished, "key_revoked")


def test_a_clock_behind_the_evidence_is_refused(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_key(finished)
    monkeypatch.setattr(clock, "now", lambda: "2021-01-01T00:00:00Z")
    said = refused(damage.check, finished)
    assert "key_not_yet_valid" in said or "clock is behind" in said


def test_a_new_key_does_not_know_what_an_old_one_signed(finished: Path) -> None:
    """Evidence of before is an unknown key's; given by hand, the old public key still proves it."""
    old = finished.parent / "old.pem"
    shutil.copy(release.key_of(finished), old)
    shutil.rmtree(finished / ".release-ladder" / "keys")
    assert "unknown_key" in refused(damage.check, finished)
    assert "unknown_key" in refused(climb_it, finished)
    folder = release.phases(finished)["pre-deploy"]
    damage.check_alone(folder, old)
    assert "unknown_key" in refused(damage.check_alone, folder, release.key_of(finished))


@pytest.mark.parametrize("name", ["ecdsa-p256.key.pem", "ecdsa-p256.json"])
def test_half_of_a_key_cannot_be_replaced(finished: Path, name: str) -> None:
    path = finished / ".release-ladder" / "keys" / name
    if name.endswith(".json"):
        path.write_bytes(path.read_bytes().replace(b'"created_at":"20', b'"created_at":"29'))
        assert "the local key's record" in refused(damage.check, finished)
        assert "the local key's record" in refused(climb_it, finished)
    else:
        path.write_bytes(making.private_pem(making.STRANGER._key))
        assert "is not that of the private key" in refused(climb_it, finished)


def test_a_private_key_that_others_can_read_is_not_used(finished: Path) -> None:
    path = finished / ".release-ladder" / "keys" / "ecdsa-p256.key.pem"
    path.chmod(0o644)
    before = damage.state(finished)
    assert str(path) in refused(climb_it, finished)
    assert damage.state(finished) == before


def test_a_stranger_who_is_listed_has_only_the_roles_that_are_listed(finished: Path) -> None:
    pem = forge.STRANGER.public.pem.decode()
    text = release.trust_of(("eve", pem, {}), roles=("tester", "approver"))
    release.commit(finished, "config/trust.yaml", text)
    folder = release.phases(finished)["pre-deploy"]
    forge.remanifest(folder, forge.STRANGER)
    assert "wrong_role" in refused(damage.check_in_project, folder, finished)


def test_a_local_key_that_claims_to_be_a_workflows_stays_local(tmp_path: Path) -> None:
    """Its public half stands in trust.yaml with custody ci and every role; production holds."""
    root = release.make(tmp_path / "project", files={"steady": ""})
    release.climb(root, "water")
    list_key(root, custody="ci")
    release.commit(root, "config/policies/promotion.yaml", release.ROOTED)
    anchored = release.LADDER.replace("    effect: live\n", "    effect: live\n    anchor: true\n")
    release.commit(root, "config/ladders/kettle.yaml", anchored)
    with pytest.raises(HeldError) as held:
        release.climb(root, "boil", version="1.0")
    assert "production accepts only rooted trust" in held.value.what
    assert "are local_or_synthetic_proof" in held.value.what
    workspace = Workspace.open(root)
    assert workspace.trust.origin.value == "local_or_synthetic_proof"
    assert {key.custody.value for key in workspace.trust.keys} == {"local"}
    told = posture(workspace, release="1.0")["targets"][0]
    assert told["origin_class"] == "local_or_synthetic_proof"
    assert told["production_ready"] is False
    assert "trust.not_rooted" in {blocker["id"] for blocker in told["blockers"]}


@pytest.mark.parametrize(
    "given", [b"", b"no key", b"\xff\xfe", making.private_pem(making.P256._key)]
)
def test_a_key_given_by_hand_that_is_none_is_wrong_usage(
    finished: Path, tmp_path: Path, given: bytes
) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(given)
    folder = release.phases(finished)["pre-deploy"]
    with pytest.raises(WrongUsageError, match="no public key in PEM"):
        damage.check_alone(folder, pem)
    bundle = folder / "water" / "01-leaf.sigstore.json"
    with pytest.raises(WrongUsageError, match="no public key in PEM"):
        verify_one(bundle, str(folder / "water" / "artifacts" / "kettle.txt"), pem)
