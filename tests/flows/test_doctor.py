"""Doctor finds what is missing, says what adds it, and never takes a crash for health."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from pipeline.edges import keys, machine
from pipeline.flows import doctor as flow
from pipeline.flows.doctor import Report, Verdict, doctor
from tests.climbing import project
from tests.edges import projects

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    """Return a sound project that needs no network."""
    return project.make(tmp_path / "tea")


def verdicts(report: Report, name: str) -> list[Verdict]:
    """Return what was found of one thing."""
    return [finding.verdict for finding in report.findings if finding.id == name]


def found(report: Report, name: str) -> str:
    """Return the words and the command about the one thing that is missing, which must be it."""
    missing = [finding for finding in report.findings if finding.verdict is Verdict.MISSING]
    assert [finding.id for finding in missing] == [name]
    assert missing[0].command
    assert not report.ok
    assert report.lines()[-1] == "1 missing"
    return f"{missing[0].what} | {missing[0].command}"


def test_on_this_machine_a_sound_project_misses_nothing(tea: Path) -> None:
    report = doctor(tea)
    assert report.ok, report.lines()
    assert {"python", "git", "checkout", "uv", "environments", "state", "store", "keys"} <= {
        finding.id for finding in report.findings if finding.verdict is Verdict.OK
    }
    assert report.to_dict()["ok"] is True
    assert report.lines()[-1] == "nothing is missing"
    assert not (tea / ".release-ladder").exists()


def test_without_git_both_git_and_the_checkout_are_missing(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    report = doctor(tea)
    assert verdicts(report, "git") == verdicts(report, "checkout") == [Verdict.MISSING]
    assert verdicts(report, "openssl") == [Verdict.NOTE]


def test_an_old_git_and_an_old_python_are_found(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    real = shutil.which("git")
    old.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo git version 2.30.9 || exec {real} "$@"\n'
    )
    old.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
        assert "2.30.9 is older than 2.31" in found(doctor(tea), "git")
    monkeypatch.setattr(machine, "python_version", lambda: (3, 10))
    assert "Python 3.10 is older than 3.11" in found(doctor(tea), "python")


def test_a_shallow_clone_is_found_with_the_command_that_deepens_it(
    tea: Path, tmp_path: Path
) -> None:
    (tea / "more").write_text("more")
    project.git(tea, "add", "more")
    project.git(tea, "commit", "--quiet", "--message=More")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{tea}", clone], check=True)
    assert "git fetch --unshallow --tags" in found(doctor(clone), "checkout")


def test_a_dirty_tree_is_a_note(tea: Path) -> None:
    (tea / "crumbs").write_text("")
    report = doctor(tea)
    assert report.ok
    assert verdicts(report, "checkout") == [Verdict.OK, Verdict.NOTE]


def test_invalid_configuration_is_found_and_the_rest_is_looked_at(tea: Path) -> None:
    (tea / "config" / "pipeline.yaml").write_text("projekt: tea\n")
    report = doctor(tea)
    assert "config/pipeline.yaml:1:1" in found(report, "configuration")
    assert verdicts(report, "uv") == [Verdict.OK]


def test_a_store_that_cannot_be_written_is_found(tea: Path) -> None:
    (tea / "artifacts").write_text("a file where the store's folder should be")
    assert "nothing can be written there" in found(doctor(tea), "store")


def test_too_little_room_is_found_on_both_places(
    tea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "ROOM", 2**63)
    report = doctor(tea)
    assert verdicts(report, "state") == verdicts(report, "store") == [Verdict.MISSING]


def test_keys_that_others_can_read_and_keys_that_died_are_found(tea: Path) -> None:
    state = tea / ".release-ladder"
    key = keys.local_key(state, "ed25519", now="2020-01-01T00:00:00Z")
    assert "was valid until 2020-12-31" in found(doctor(tea), "keys")
    shutil.rmtree(state)
    key = keys.local_key(state, "ed25519", now=NOW)
    assert verdicts(doctor(tea), "keys") == [Verdict.OK]
    key.private_path.chmod(0o644)
    assert "mode 0644" in found(doctor(tea), "keys")
    key.private_path.chmod(0o600)
    key.private_path.parent.chmod(0o755)
    assert "mode 0755" in found(doctor(tea), "keys")


def test_the_index_is_asked_only_where_a_ladder_needs_it(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening: whoever asks is refused
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{taken.getsockname()[1]}/simple")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert verdicts(doctor(tea), "index") == [Verdict.OK]
        ladder = projects.FILES["ladders/kettle"].replace("network: none", "network: index")
        needing = project.make(tmp_path / "needing", ladders__kettle=ladder)
        assert "cannot be reached" in found(doctor(needing), "index")


def test_a_missing_uv_is_found(tea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError("no uv here")

    monkeypatch.setattr("uv.find_uv_bin", gone)
    assert "python -m pip install" in found(doctor(tea), "uv")


def test_a_check_that_crashes_is_no_pass(tea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> list[flow.Finding]:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(flow, "CHECKS", {"sound": crash})
    assert "ZeroDivisionError: by zero" in found(doctor(tea), "sound")
