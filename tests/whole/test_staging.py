"""The README's main job on the real ladder: what is proven, what is said, what is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.calling import photograph
from tests.whole.conftest import HOME, TOP, Clone

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("whole")]

PHASES = ("pre-deploy", "post-deploy")
BLOCKERS = {
    *("trust.not_rooted", "anchor.none", "origin.local", "approval.missing"),
    *("release_approval.release_version_source", "reviews.uncovered", "compatibility.missing"),
    *("attestation_artifact.before_production_approval", "launch_proofs.pending"),
}
"""What holds production whatever advisory services can be reached."""
NOT_RUN = "checks.vulnerabilities.not_run"


def told(clone: Clone, *words: str) -> Any:  # noqa: ANN401 - one JSON document
    done = clone.invoke(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def states(folder: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def test_eight_rungs_are_proven_and_nothing_more_is_claimed(climbed: Clone) -> None:
    status = told(climbed, "status")
    assert [stage["state"] for stage in status["stages"]] == ["done"] * 8
    assert (status["readiness"], status["origin_class"]) == ("proven", "local_or_synthetic_proof")
    assert status["production_ready"] is False
    (production,) = status["holds"]
    found = {blocker["id"] for blocker in production["blockers"]}
    assert found - {NOT_RUN} == BLOCKERS
    assert production["deployment_allowed"] is False


@pytest.mark.parametrize("phase", PHASES)
def test_each_bundle_is_checked_by_coreutils_and_openssl_alone(climbed: Clone, phase: str) -> None:
    folder = climbed.run_folder() / phase
    for manifest in ("HASH_MANIFEST.txt", "packet_tree.sha256"):
        subprocess.run(["sha256sum", "-c", "--strict", manifest], cwd=folder, check=True)
    words = ["sh", "RERUN.sh"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, "Signature Verified" in done.stdout) == (0, True), done.stderr


def test_both_bundles_are_closed_and_verify_alone_with_the_key(climbed: Clone) -> None:
    key = climbed.root / ".release-ladder" / "keys" / "ecdsa-p256.pub.pem"
    found = told(climbed, "verify", "--evidence", str(climbed.run_folder()), "--key", str(key))
    assert [(item["phase"], item["closed"]) for item in found["folders"]] == [
        (phase, True) for phase in PHASES
    ]


def test_what_is_recorded_verifies_and_says_how_far_it_came(climbed: Clone) -> None:
    (run,) = told(climbed, "verify")["runs"]
    assert set(run["stages"].values()) == {"passed"}
    assert run["attempts"] == 8


def test_it_is_adopted_verified_in_a_fresh_clone_without_a_key_and_undone(
    climbed: Clone, tmp_path: Path
) -> None:
    before = photograph(climbed.root / "releases")
    folder = climbed.run_folder().relative_to(climbed.root).as_posix()
    done = climbed.invoke("adopt", "--from", folder, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["holds"] == []
    words = ("--review", said["path"], "--adopter", "Ada", "--reference", "minutes of Friday")
    done = climbed.invoke("adopt", *words)
    assert done.returncode == 0, done.stderr
    try:
        elsewhere = Clone.make(tmp_path / "clone", climbed.root)
        shutil.copytree(climbed.root / "releases", elsewhere.root / "releases", dirs_exist_ok=True)
        done = elsewhere.invoke("verify", "--evidence", "releases", "--json")
        assert done.returncode == 0, done.stderr
        (told,) = json.loads(done.stdout)["releases"]
        assert told["records"] == len(said["contract"]["adopted_record_ids"]) == 13
        assert told["origin_class"] == "local_or_synthetic_proof"
    finally:
        done = climbed.invoke("adopt", "--revert", "adoption-1")
    assert done.returncode == 0, done.stderr
    assert photograph(climbed.root / "releases") == before


def test_a_second_run_does_nothing_and_says_so(climbed: Clone) -> None:
    before = states(climbed.run_folder())
    journal = told(climbed, "journal.show")["entries"]
    done = climbed.invoke(*TOP)
    assert done.returncode == 0
    assert "Nothing to do: every stage" in done.stdout
    assert states(climbed.run_folder()) == before
    assert told(climbed, "journal.show")["entries"] == journal


def test_production_holds_with_every_blocker_named(climbed: Clone) -> None:
    why = told(climbed, "why", "--stage", "approve", "--ladder", "production")
    against = {finding["id"] for finding in why["findings"] if finding["weight"] == "holds"}
    assert why["verdict"] == "HOLD"
    assert against >= BLOCKERS - {"launch_proofs.pending", "compatibility.missing"}
    done = climbed.invoke("promote", "--ladder", "production", "--stage", "build")
    assert done.returncode == 10
    assert len(done.stderr.strip().splitlines()) == 3


def test_the_live_service_is_the_release_and_its_surfaces_answer(climbed: Clone) -> None:
    shown = told(climbed, "target.show", "--target", "staging")
    status = told(climbed, "status")
    wheel = next(item for item in status["artifacts"] if item["name"].endswith(".whl"))
    assert wheel["digest"] in json.dumps(shown)
    assert climbed.invoke("smoke", "--target", "staging").returncode == 0


VARIES = (
    (r"\d+\.\d+\.dev\d+\+g[0-9a-f]{9}", "VERSION"),
    (r"\b[0-9a-f]{16}\b", "RUN"),
    (r"http://127\.0\.0\.1:\d+", "URL"),
    (r"\b\d+(\.\d)? s\b", "TIME"),
    (r"\s+checks\.vulnerabilities\.not_run,", ""),
    (r"held by \d+", "held by N"),
    (r"\s+", " "),
)
"""What differs from one real run to another: advisories may be reachable; lines may break."""


def plain(text: str) -> str:
    """Return what a climb printed without what varies, and without its signs of life."""
    lines = [line for line in text.splitlines() if "still running:" not in line]
    text = "\n".join(line for line in lines if not line.startswith("nox > "))
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text, flags=re.DOTALL)
    return text.strip()


def test_the_readme_shows_what_a_real_run_prints(climbed: Clone) -> None:
    readme = (HOME / "README.md").read_text("utf-8")
    shown = re.search(r"<!-- transcript -->\n+```text\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    assert plain(shown[1]) == plain(climbed.said.read_text("utf-8"))


KILLS = (
    ("build.distributions", 1.5),
    ("artifact.verify", 1.0),
    ("attest.release", 0.1),
    ("candidate.test", 2.0),
    ("canary.run", 2.0),
    ("approval.record", 0.2),
    ("deploy.apply", 0.6),
    ("postdeploy.smoke", 0.5),
)
"""Where the real climb is killed: a step's first line, and the seconds after it."""


def kill_after(clone: Clone, log: Path, step: str, seconds: float) -> None:
    """Promote, and SIGKILL it some time after a step began; an earlier end is a failure."""
    words, env = clone.command(*TOP), clone.environment()
    with log.open("wb") as said:
        promote = subprocess.Popen(words, cwd=clone.root, env=env, stdout=said, stderr=said)
    for _ in range(6000):
        if f"      {step}\n" in log.read_text("utf-8") or promote.poll() is not None:
            break
        time.sleep(0.05)
    assert promote.poll() is None, log.read_text("utf-8")
    time.sleep(seconds)
    os.kill(promote.pid, signal.SIGKILL)
    promote.wait()


def test_killed_in_every_stage_it_ends_as_an_undisturbed_run(
    climbed: Clone, tmp_path: Path
) -> None:
    clone = Clone.make(tmp_path / "killed", climbed.root)
    try:
        for number, (step, seconds) in enumerate(KILLS):
            kill_after(clone, tmp_path / f"{number}.log", step, seconds)
        done = clone.invoke(*TOP)
        assert done.returncode == 0, done.stdout + done.stderr
        assert clone.invoke("verify").returncode == 0
        left, right = str(climbed.run_folder()), str(clone.run_folder())
        compared = climbed.invoke("compare", "--left", left, "--right", right)
        assert compared.returncode == 0, compared.stdout + compared.stderr
        statuses = [entry["status"] for entry in told(clone, "journal.show")["entries"]]
        assert statuses.count("pass") == 8
        assert "fail" not in statuses
    finally:
        clone.invoke("target.stop", "--target", "staging")
