"""What the key's owner, or whoever can write to the store, can do: found where it is, and said.

The tests that end in a success of the attacker are the honest limits that the docs name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import StepFailedError
from pipeline.flows.posture import posture
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from pathlib import Path


def failed(folder: Path) -> Path:
    """Return a release that failed for good at boiling."""
    root = release.make(folder, files={"cold": "", "steady": ""})
    with pytest.raises(StepFailedError):
        release.climb(root, "boil")
    return root


def forge_a_pass(root: Path) -> None:
    """Make the failure a pass, as only the owner of the key can."""

    def passing(said: dict[str, Any]) -> None:
        said["verdict"], said["reason"] = "pass", ""

    forge.unseal(root, 2)
    items = forge.entries(root)
    items[-1]["status"] = "pass"
    items[-1]["outputs"] = {
        "stage_result": forge.restage(root, items[-1]["outputs"]["stage_result"], passing),
        "reason": "",
    }
    forge.write_journal(root, items)
    begin = items[-2]["entry_hash"].removeprefix("sha256:")
    (name,) = (release.store(root) / "names").glob(f"outcomes*{begin}")
    outcome = json.loads(forge.get(root, name.read_text()))
    passing(outcome)
    name.chmod(0o644)
    text = json.dumps(outcome, sort_keys=True, separators=(",", ":"))
    name.write_text(forge.put(root, text.encode()))


def test_a_verdict_altered_by_a_stranger_is_refused(tmp_path: Path) -> None:
    root = failed(tmp_path / "project")
    forge.unseal(root, 2)
    items = forge.entries(root)
    bundle = forge.get(root, items[-1]["outputs"]["stage_result"])

    def passing(statement: dict[str, Any]) -> None:
        statement["predicate"]["verdict"] = "pass"

    items[-1]["status"] = "pass"
    altered = forge.resigned(bundle, forge.STRANGER, passing)
    items[-1]["outputs"]["stage_result"] = forge.put(root, altered)
    forge.write_journal(root, items)
    assert "unknown_key" in refused(damage.check, root)
    assert "unknown_key" in refused(release.climb, root)


def test_the_owner_of_a_local_key_can_forge_a_rehearsal_and_nothing_more(tmp_path: Path) -> None:
    """The honest limit: who has key and store can say what he likes. It stays local proof."""
    root = failed(tmp_path / "project")
    forge_a_pass(root)
    project.git(root, "rm", "--quiet", "cold")
    project.git(root, "commit", "--quiet", "--message=Nothing was cold")
    assert release.climb(root, "boil", version="1.0").did == ()
    told = posture(Workspace.open(root), release="1.0")["targets"][0]
    assert [stage["state"] for stage in told["stages"]][:2] == ["done", "done"]
    assert told["origin_class"] == "local_or_synthetic_proof"
    assert told["production_ready"] is False


def test_the_owner_of_a_local_key_cannot_forge_while_the_signed_heads_are_there(
    tmp_path: Path,
) -> None:
    root = failed(tmp_path / "project")
    kept = {path: path.read_bytes() for path in (release.store(root) / "names").glob("seals*")}
    forge_a_pass(root)
    for path, data in kept.items():
        path.exists() or path.write_bytes(data)
    assert "is not the one that was signed" in refused(damage.check, root)


def test_without_an_anchor_a_deleted_failure_is_forgotten(tmp_path: Path) -> None:
    """The other honest limit, for which production requires an anchor: see model.md."""
    root = failed(tmp_path / "project")
    forge.unseal(root, 2)
    forge.cut(root, 2)
    project.git(root, "rm", "--quiet", "cold")
    project.git(root, "commit", "--quiet", "--message=Warmer")
    assert release.climb(root, "boil", version="1.0").did == ("boil",)


def test_what_a_cut_off_attempt_left_is_believed_by_whoever_goes_on(tmp_path: Path) -> None:
    """Until it is signed, an outcome is kept by nothing but who may write to the store (ADR 2)."""
    root = release.make(tmp_path / "project", files={"steady": ""})
    release.climb(root, "boil")
    forge.unseal(root, 2)
    forge.cut(root, 3)  # boil has begun, its steps have run, and promote was killed
    begin = forge.entries(root)[2]["entry_hash"].removeprefix("sha256:")
    (name,) = (release.store(root) / "names").glob(f"outcomes*{begin}")
    outcome = json.loads(forge.get(root, name.read_text()))
    outcome["outputs"][0]["digest"] = forge.put(root, b"slipped in")
    name.chmod(0o644)
    text = json.dumps(outcome, sort_keys=True, separators=(",", ":"))
    name.write_text(forge.put(root, text.encode()))
    assert release.climb(root, "boil").did == ("boil",)
    assert (
        release.phases(root)["pre-deploy"] / "boil/outputs/seen.txt"
    ).read_text() == "slipped in"
    damage.check(root)
