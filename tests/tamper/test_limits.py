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
    from collections.abc import Callable
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
    name = outcome_of(root, items[-2])

    def passing_outcome(statement: dict[str, Any]) -> None:
        passing(statement["predicate"]["outcome"])

    replace(name, forge.resigned(name.read_bytes(), forge.own_key(root), passing_outcome))


def outcome_of(root: Path, begin: dict[str, Any]) -> Path:
    """Return where the store has what a begun attempt left."""
    digest = begin["entry_hash"].removeprefix("sha256:")
    (name,) = (release.store(root) / "names").glob(f"outcomes*{digest}")
    return name


def replace(path: Path, data: bytes) -> None:
    """Write other bytes into a file of the store."""
    path.chmod(0o644)
    path.write_bytes(data)


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
    outcome_of(root, forge.entries(root)[2]).unlink()
    forge.cut(root, 2)
    project.git(root, "rm", "--quiet", "cold")
    project.git(root, "commit", "--quiet", "--message=Warmer")
    assert release.climb(root, "boil", version="1.0").did == ("boil",)


def slipped_in(root: Path) -> Callable[[dict[str, Any]], None]:
    """Return the change of an outcome that puts other bytes into its first output."""
    digest = forge.put(root, b"slipped in")

    def change(statement: dict[str, Any]) -> None:
        statement["predicate"]["outcome"]["outputs"][0]["digest"] = digest

    return change


def cut_off(folder: Path) -> tuple[Path, Path]:
    """Return a release whose boiling was cut off after its steps, and what they left."""
    root = release.make(folder, files={"steady": ""})
    release.climb(root, "boil")
    forge.unseal(root, 2)
    forge.cut(root, 3)
    return root, outcome_of(root, forge.entries(root)[2])


def test_what_a_cut_off_attempt_left_is_taken_up_as_it_was_signed(tmp_path: Path) -> None:
    root, _ = cut_off(tmp_path / "project")
    assert release.climb(root, "boil").did == ("boil",)
    damage.check(root)


def test_what_a_stranger_says_that_an_attempt_left_is_refused(tmp_path: Path) -> None:
    """Who can write the store, but has no key, cannot make a begun attempt pass."""
    root, name = cut_off(tmp_path / "project")
    replace(name, forge.resigned(name.read_bytes(), forge.STRANGER, slipped_in(root)))
    assert "unknown_key" in refused(release.climb, root, "boil")


def test_what_another_attempt_left_is_refused_under_a_begin_of_ones_own(tmp_path: Path) -> None:
    """A signed outcome of another stage, put under this stage's begin."""
    root, name = cut_off(tmp_path / "project")
    other = outcome_of(root, forge.entries(root)[0])
    replace(name, other.read_bytes())
    assert "an outcome of another attempt" in refused(release.climb, root, "boil")


def test_an_unsigned_outcome_under_a_begin_is_refused(tmp_path: Path) -> None:
    root, name = cut_off(tmp_path / "project")
    said = forge.payload(name.read_bytes())["predicate"]["outcome"]
    replace(name, json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
    assert "malformed" in refused(release.climb, root, "boil")
