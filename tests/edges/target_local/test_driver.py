"""Deploying to this machine: what goes live, what stays, what is refused. Real processes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.edges import process_identity
from pipeline.edges.driver import EMPTY, Observation
from pipeline.edges.http import LoopbackClient, NoAnswerError
from pipeline.errors import ConflictError, HeldError, StepFailedError, UntrustedError
from pipeline.operations import released
from tests import services
from tests.edges.target_local.world import World


def key(version: str) -> str:
    return str(Digest.of(version.encode()))


def test_a_first_release_goes_live_and_captures_that_nothing_was(world: World) -> None:
    receipt = world.apply("1.0")
    assert receipt.before == EMPTY
    assert receipt.after == world.driver.state() == world.driver.measure().state
    assert receipt.after.version == "1.0"
    assert world.serving() == "1.0"
    assert len(world.processes()) == 1


def test_the_next_release_replaces_it_and_the_old_process_ends(world: World) -> None:
    first = world.apply("1.0")
    url = world.driver.url()
    second = world.apply("2.0")
    assert second.before == first.after
    assert world.serving() == "2.0"
    assert len(world.processes()) == 1
    with LoopbackClient(url) as client, pytest.raises(NoAnswerError):
        client.request("GET", "/version")


@pytest.mark.parametrize("mood", ["sick", "dies"])
def test_an_unhealthy_release_leaves_the_old_one_serving(world: World, mood: str) -> None:
    world.config = services.target(health={"path": "/health", "timeout": "1s"})
    world.apply("1.0")
    before = (world.target / "live.json").read_bytes()
    with pytest.raises(StepFailedError, match="did not become healthy"):
        world.apply("2.0", mood=mood)
    assert world.serving() == "1.0"
    assert len(world.processes()) == 1
    assert (world.target / "live.json").read_bytes() == before
    assert world.driver.observe(key("2.0"), 1) is Observation.ABSENT
    assert [path.stem for path in (world.target / "receipts").iterdir()] == [key("1.0")[7:]]


def test_an_effect_is_applied_once_for_its_key(world: World) -> None:
    first = world.apply("1.0")
    process = world.processes()
    assert world.apply("1.0") == first
    assert world.processes() == process
    assert world.driver.observe(key("1.0"), 1) is Observation.APPLIED


def test_an_older_token_is_refused_and_changes_nothing(world: World) -> None:
    world.apply("1.0", token=5)
    before = (world.target / "live.json").read_bytes()
    with pytest.raises(ConflictError, match="newer promotion"):
        world.apply("2.0", token=4)
    with pytest.raises(ConflictError):
        world.apply("1.0", token=4)
    with pytest.raises(ConflictError):
        world.driver.restore(EMPTY, token=4)
    assert (world.target / "live.json").read_bytes() == before
    assert world.serving() == "1.0"


def test_looking_fences_off_what_a_killed_promotion_left_running(world: World) -> None:
    world.apply("1.0", token=1)
    rollout = world.rollout("2.0", token=1)

    def install_while_another_looks(folder: Path) -> Path:
        assert world.driver.observe(rollout.key, 2) is Observation.ABSENT
        return released.installer({rollout.name: rollout.wheel}, None)(folder)

    with pytest.raises(ConflictError, match="newer promotion"):
        world.driver.apply(rollout, install_while_another_looks)
    assert world.serving() == "1.0"
    assert len(world.processes()) == 1


def test_another_state_than_the_decision_saw_is_a_conflict(world: World) -> None:
    first = world.apply("1.0")
    with pytest.raises(ConflictError, match="state that the decision saw"):
        world.apply("2.0", expected=EMPTY)
    world.apply("2.0", expected=first.after)
    assert world.serving() == "2.0"


def test_a_wheel_with_other_bytes_is_not_deployed(world: World) -> None:
    with pytest.raises(UntrustedError, match="was to be deployed"):
        world.apply("1.0", digest=Digest.of(b"another"))
    assert world.driver.state() == EMPTY
    assert world.processes() == []


def test_a_wheel_that_does_not_fit_its_record_is_not_deployed(world: World) -> None:
    rollout = world.rollout("1.0")

    def install_something_else(folder: Path) -> Path:
        other = services.wheel(world.folder / "other", "1.0", "open")
        return released.installer({other.name: other}, None)(folder)

    with pytest.raises(UntrustedError, match=r"tiny/__main__\.py is changed"):
        world.driver.apply(rollout, install_something_else)
    assert world.driver.state() == EMPTY
    assert list((world.target / "versions").iterdir()) == []


def test_restoring_brings_the_version_before_back(world: World) -> None:
    first = world.apply("1.0")
    world.apply("2.0")
    assert world.driver.restore(first.after, token=2) == first.after
    assert world.serving() == "1.0"
    assert world.driver.restore(first.after, token=2) == first.after
    assert len(world.processes()) == 1


def test_restoring_the_empty_state_stops_the_service(world: World) -> None:
    world.apply("1.0")
    assert world.driver.restore(EMPTY, token=1) == EMPTY
    assert world.processes() == []
    assert world.driver.observe(key("1.0"), 1) is Observation.APPLIED


def test_a_service_that_ended_is_started_again_and_a_stopped_one_too(world: World) -> None:
    world.apply("1.0")
    process = world.processes()[0]
    os.kill(process.pid, 9)
    assert process_identity.wait_gone(process, seconds=5)
    assert world.driver.show()["running"] is False
    with pytest.raises(StepFailedError, match="no service runs"):
        world.driver.url()
    assert world.driver.start()["healthy"] is True
    assert world.serving() == "1.0"
    assert world.driver.stop()["running"] is False
    assert world.processes() == []
    assert world.driver.start()["running"] is True


@pytest.mark.parametrize("field", ["boot", "started"])
def test_after_a_reboot_a_foreign_process_with_our_pid_is_let_be(world: World, field: str) -> None:
    world.apply("1.0")
    world.driver.stop()
    with subprocess.Popen(["sleep", "60"]) as foreign:
        try:
            live = json.loads((world.target / "live.json").read_bytes())
            found = process_identity.identify(foreign.pid)
            assert found is not None
            noted = {**found.to_dict(), field: "1"}
            live["process"] = {**noted, "marker": "gone", "url": "http://127.0.0.1:9"}
            (world.target / "live.json").write_text(json.dumps(live))
            assert world.driver.show()["running"] is False
            world.driver.stop()
            assert world.driver.start()["healthy"] is True
            world.apply("2.0")
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_only_as_many_old_versions_stay_as_are_kept(world: World) -> None:
    for version in ("1.0", "2.0", "3.0", "4.0"):
        world.apply(version)
    kept = {path.name for path in (world.target / "versions").iterdir()}
    assert kept == {world.rollout(v).digest.hex[:16] for v in ("2.0", "3.0", "4.0")}
    assert world.driver.show()["rollback_targets"] == [
        str(world.rollout(version).digest) for version in ("3.0", "2.0")
    ]


def test_the_environment_contract_is_kept_before_anything_is_installed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.config = services.target(environment=[{"name": "GIVEN", "required": True}])
    with pytest.raises(HeldError, match="GIVEN not set"):
        world.apply("1.0")
    assert list((world.target / "versions").iterdir()) == []
    monkeypatch.setenv("GIVEN", "yes")
    monkeypatch.setenv("NOT_GIVEN", "secret")
    world.apply("1.0")
    with LoopbackClient(world.driver.url()) as client:
        assert json.loads(client.request("GET", "/version").body)["given"] == "yes"
    environ = Path(f"/proc/{world.processes()[0].pid}/environ").read_bytes()
    assert b"NOT_GIVEN" not in environ
    assert b"PYTHONPATH" not in environ


def test_the_operators_secret_is_made_once_and_for_this_user_alone(world: World) -> None:
    world.apply("1.0")
    secret = world.driver.secret()
    assert secret.stat().st_mode & 0o777 == 0o600
    made = secret.read_bytes()
    assert len(made.strip()) >= 32
    world.apply("2.0")
    assert secret.read_bytes() == made


@pytest.mark.parametrize("name", ["live.json", "token.json"])
def test_a_state_that_cannot_be_read_is_refused_and_observed_as_unknown(
    world: World, name: str
) -> None:
    world.apply("1.0")
    (world.target / name).write_bytes(b"{")
    assert world.driver.observe(key("2.0"), 1) is Observation.UNKNOWN
    with pytest.raises(UntrustedError, match="cannot be read"):
        world.apply("2.0")


def test_nothing_live_is_told_so_and_cannot_be_started(world: World) -> None:
    assert world.driver.show()["live"]["empty"] is True
    assert world.driver.observe(key("1.0"), 1) is Observation.ABSENT
    with pytest.raises(HeldError, match="nothing is live"):
        world.driver.start()
