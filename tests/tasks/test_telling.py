"""What tells, tells: exit 0, words on a terminal, exactly one JSON document when asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.core.journal import Journal
from tests.climbing import project
from tests.tasks.calling import call

TELLING: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "plan": ("plan",),
    "why": ("why", "--stage", "pour"),
    "posture": ("posture",),
    "journal.show": ("journal.show",),
    "trust.show": ("trust.show",),
    "trust.approvals": ("trust.approvals",),
    "target.show": ("target.show",),
    "promote --dry-run": ("promote", "--dry-run"),
}
"""Exit 0 whatever they tell."""
JUDGING: dict[str, tuple[str, ...]] = {
    "verify": ("verify",),
    "journal.verify": ("journal.verify",),
    "journal.checkpoint": ("journal.checkpoint",),
    "trust.check": ("trust.check",),
    "doctor": ("doctor",),
}


@pytest.mark.parametrize("name", TELLING | JUDGING)
def test_on_a_climbed_release_it_exits_0_with_one_json_document(climbed: Path, name: str) -> None:
    words = (TELLING | JUDGING)[name]
    said = call(climbed, *words, "--json")
    assert said.code == 0, said
    assert said.document


@pytest.mark.parametrize("name", TELLING | JUDGING)
def test_without_json_it_tells_in_words(climbed: Path, name: str) -> None:
    said = call(climbed, *(TELLING | JUDGING)[name])
    assert (said.code, said.err) == (0, "")
    assert not said.out.startswith("{")
    assert "None" not in said.out.split()


@pytest.mark.parametrize("name", TELLING)
def test_before_anything_was_climbed_it_tells_that_too(fresh: Path, name: str) -> None:
    said = call(fresh, *TELLING[name], "--json")
    assert said.code == 0, said
    assert said.document


def test_the_invoke_that_people_call_says_the_same(climbed: Path) -> None:
    done = project.invoke(climbed, "status", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == call(climbed, "status", "--json").document


def test_status_tells_how_far_it_has_come(climbed: Path, fresh: Path) -> None:
    told = call(climbed, "status", "--json").document
    assert [stage["state"] for stage in told["stages"]] == ["done"] * 3
    assert (told["readiness"], told["production_ready"]) == ("proven", False)
    assert "3 of 3" in call(climbed, "status").out
    told = call(fresh, "status", "--json").document
    assert [stage["state"] for stage in told["stages"]] == ["next", "waiting", "waiting"]


def test_plan_tells_what_promote_would_do_next(climbed: Path, fresh: Path) -> None:
    assert call(climbed, "plan", "--json").document["stages"] == []
    told = call(fresh, "plan", "--stage", "heat", "--json").document
    assert [stage["id"] for stage in told["stages"]] == ["water", "boil"]


def test_why_tells_every_finding_with_what_clears_it(fresh: Path) -> None:
    told = call(fresh, "why", "--stage", "pour", "--json").document
    text = json.dumps(told)
    assert "order.not_climbed" in text
    assert "invoke promote --ladder kettle --stage heat" in text
    said = call(fresh, "why", "--stage", "pour")
    assert "invoke promote --ladder kettle --stage heat" in said.out


def test_posture_names_every_target_and_never_production(climbed: Path) -> None:
    told = call(climbed, "posture", "--json").document
    assert [entry["target"] for entry in told["targets"]] == ["pot"]
    assert not any(entry["production_ready"] for entry in told["targets"])


def test_the_journal_is_shown_and_verified(climbed: Path) -> None:
    told = call(climbed, "journal.show", "--json").document
    assert [entry["status"] for entry in told["entries"]] == ["begin", "pass"] * 3
    files = list(climbed.glob("artifacts/release-evidence/*/*/post-deploy/journal.jsonl"))
    shown = [json.dumps(entry, sort_keys=True) for entry in told["entries"]]
    lines = files[0].read_text().splitlines()
    kept = [json.dumps(json.loads(line), sort_keys=True) for line in lines]
    assert kept == shown[: len(kept)]
    assert call(climbed, "journal.verify", "--json").document["entries"] == 6
    newest = call(climbed, "journal.checkpoint", "--json").document
    assert newest["entries"] == 6
    assert newest["head"] == told["entries"][-1]["entry_hash"]


def test_a_journal_that_nobody_began_is_empty(fresh: Path) -> None:
    told = call(fresh, "journal.show", "--json").document
    assert (told["run"], told["release"], told["entries"]) == (None, "1.0", [])
    assert Journal().entries == ()


def test_verify_takes_evidence_from_elsewhere_and_one_bundle(climbed: Path, tmp_path: Path) -> None:
    (folder,) = climbed.glob("artifacts/release-evidence/*/*/pre-deploy")
    (key,) = climbed.glob(".release-ladder/keys/*.pub.pem")
    moved = shutil.copytree(folder, tmp_path / "moved")
    said = call(tmp_path, "verify", "--evidence", str(moved), "--key", str(key), "--json")
    assert said.code == 0, said
    assert said.document["folders"]
    bundle = moved / "bundle.sigstore.json"
    manifest = moved / "HASH_MANIFEST.txt"
    words = ("verify", "--bundle", str(bundle), "--key", str(key), "--artifact")
    assert call(tmp_path, *words, str(manifest), "--json").document["artifact"]
    said = call(tmp_path, *words, str(moved / "run.json"))
    assert said.code == 11
    said.three_lines()


def test_compare_finds_a_folder_equal_to_itself(climbed: Path) -> None:
    (run,) = climbed.glob("artifacts/release-evidence/*/*")
    said = call(climbed, "compare", "--left", str(run), "--right", str(run), "--json")
    assert said.code == 0, said
    assert said.document


def test_check_is_one_document_too(climbed: Path) -> None:
    done = project.invoke(climbed, "check", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_check_writes_the_schemas_for_editors(fresh: Path, tmp_path: Path) -> None:
    said = call(fresh, "check", "--schema", str(tmp_path))
    assert said.code == 0
    assert [str(path) for path in sorted(tmp_path.iterdir())] == sorted(said.out.split())
    for path in tmp_path.iterdir():
        assert json.loads(path.read_text())["$schema"]


def test_promote_when_nothing_is_to_do_does_nothing_and_says_so(climbed: Path) -> None:
    said = call(climbed, "promote", "--stage", "pour", "--json")
    assert (said.code, said.document["did"]) == (0, [])
    assert "Nothing to do: every stage" in call(climbed, "promote", "--stage", "pour").out
