"""Valid statements, signed by the right key, put where they do not belong; and what a key can do.

Two ladders for two targets and two versions share one project, one store and one key.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import HeldError, StepFailedError
from pipeline.flows.posture import posture
from pipeline.flows.verify import verify
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import FILES
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from pathlib import Path

SAMOVAR = (
    release.LADDER.replace("ladder: kettle", "ladder: samovar")
    .replace("target: pot", "target: urn")
    .replace("gate: kitchen", "gate: parlour")
)


def both_targets(text: str) -> str:
    """Return a policy file with a second policy like the first, for the other target."""
    head, _, policy = text.partition("policies:\n")
    return f"{head}policies:\n{policy}{policy.replace('pot', 'urn')}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two targets and two versions, climbed to the approval's end; the second version's is next."""
    root = release.make(
        tmp_path_factory.mktemp("shared") / "project",
        files={"steady": ""},
        ladders__samovar=SAMOVAR,
        targets__urn=FILES["targets/pot"].replace("pot", "urn"),
        policies__promotion=both_targets(FILES["policies/promotion"]),
        policies__verification=both_targets(release.CHECKED),
        policies__approval_authority=both_targets(release.AUTHORITY),
    )
    for ladder in ("kettle", "samovar"):
        release.climb(root, "boil", ladder)
        release.nod(root, ladder)
        release.climb(root, "nod", ladder)
    release.commit(root, "note.txt", "more tea")
    project.git(root, "tag", "v1.1")
    release.climb(root, "boil")
    return root


@pytest.fixture
def tea(shared: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(shared, root, symlinks=True)
    return root


def journals(root: Path) -> dict[tuple[str, str], tuple[Path, list[dict[str, Any]]]]:
    """Return (ladder, version) → the journal's file and its entries."""
    store, found = release.store(root), {}
    for path in (store / "names").glob("runs*"):
        context = json.loads(path.read_bytes())
        journal = store / "journals" / f"{path.name.removeprefix('runs%2F')}.jsonl"
        entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
        found[context["ladder"], context["version"]] = (journal, entries)
    return found


def clear(root: Path) -> None:
    """Take away all seals and folders: the entries alone speak."""
    for path in (release.store(root) / "names").glob("seals*"):
        path.unlink()
    shutil.rmtree(root / "artifacts" / "release-evidence")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (("samovar", "1.0"), "run, context, target, begin"),
        (("kettle", "1.1"), "run, context, begin"),
    ],
)
def test_a_result_of_another_target_or_version_is_refused(
    tea: Path, other: tuple[str, str], words: str
) -> None:
    known = journals(tea)
    clear(tea)
    _, theirs = known[other]
    path, mine = known["kettle", "1.0"]
    mine[1]["outputs"]["stage_result"] = theirs[1]["outputs"]["stage_result"]
    forge.write_to(path, mine[:2])
    said = refused(verify_version, tea, "1.0")
    assert f"the stage result is another's: {words}" in said


@pytest.mark.parametrize("other", [("samovar", "1.0"), ("kettle", "1.1")])
def test_the_journal_of_another_run_is_refused(tea: Path, other: tuple[str, str]) -> None:
    known = journals(tea)
    clear(tea)
    shutil.copy(known[other][0], known["kettle", "1.0"][0])
    assert "does not bind this run's context" in refused(verify_version, tea, "1.0")


def test_an_entry_of_another_run_is_refused(tea: Path) -> None:
    known = journals(tea)
    clear(tea)
    path, mine = known["kettle", "1.0"]
    forge.write_to(path, [*mine[:2], *known["samovar", "1.0"][1][2:4]])
    assert "a begin of another context" in refused(verify_version, tea, "1.0")


def test_the_context_of_another_run_is_refused(tea: Path) -> None:
    known = journals(tea)
    names = release.store(tea) / "names"
    mine = names / f"runs%2F{known['kettle', '1.0'][0].stem}"
    theirs = names / f"runs%2F{known['samovar', '1.0'][0].stem}"
    mine.chmod(0o644)
    mine.write_bytes(theirs.read_bytes())
    assert "under another run's name" in refused(verify_version, tea, "1.0")


def test_the_seal_of_another_run_is_refused(tea: Path) -> None:
    known = journals(tea)
    mine, theirs = (known[ladder, "1.0"][0].stem for ladder in ("kettle", "samovar"))
    names = release.store(tea) / "names"
    for path in names.glob(f"seals%2F{theirs}*"):
        shutil.copy(path, names / path.name.replace(theirs, mine))
    assert "a seal of another run" in refused(verify_version, tea, "1.0")


def test_the_claim_of_another_version_is_refused(tea: Path) -> None:
    names = release.store(tea) / "names"
    mine, theirs = (names / f"claims%2Fhome%2Fkitchen%2F{version}" for version in ("1.0", "1.1"))
    mine.chmod(0o644)
    mine.write_bytes(theirs.read_bytes())
    assert "the claim of 1.0" in refused(verify_version, tea, "1.0")


@pytest.mark.parametrize("other", [("samovar", "1.0"), ("kettle", "1.0")])
def test_an_approval_is_good_for_one_release_and_one_target(
    tea: Path, other: tuple[str, str]
) -> None:
    """A valid approval of the last release, or of another target, counts for nothing here."""
    known = journals(tea)
    names = release.store(tea) / "names"
    mine, theirs = known["kettle", "1.1"][0].stem, known[other][0].stem
    (given,) = names.glob(f"approvals%2F{theirs}*")
    shutil.copy(given, names / given.name.replace(theirs, mine))
    with pytest.raises(HeldError) as held:
        release.climb(tea, "nod")
    assert "0 of 1 named approvals" in held.value.what
    release.nod(tea)
    assert release.climb(tea, "nod").did == ("nod",)


def test_an_approval_that_was_changed_after_it_was_given_is_tampered_evidence(tea: Path) -> None:
    release.nod(tea)
    run = journals(tea)["kettle", "1.1"][0].stem
    (given,) = (release.store(tea) / "names").glob(f"approvals%2F{run}*")
    given.chmod(0o644)
    damage.DAMAGES["middle_bit"](given, given)
    before = damage.state(tea)
    assert "an approval was changed after it was given" in refused(release.climb, tea, "nod")
    assert damage.state(tea) == before


def test_an_approval_by_a_stranger_counts_for_nothing(tea: Path) -> None:
    release.nod(tea)
    names = release.store(tea) / "names"
    (given,) = names.glob(f"approvals%2F{journals(tea)['kettle', '1.1'][0].stem}*")
    forged = forge.resigned(given.read_bytes(), forge.STRANGER)
    given.unlink()
    digest = forge.put(tea, forged).removeprefix("sha256:")
    (names / f"{given.name[:-64]}{digest}").write_bytes(forged)
    with pytest.raises(HeldError) as held:
        release.climb(tea, "nod")
    assert "0 of 1 named approvals" in held.value.what


def test_the_files_of_another_project_with_another_key_are_refused(
    tea: Path, tmp_path: Path
) -> None:
    other = release.finished(tmp_path / "other")
    folder = release.phases(other)["pre-deploy"]
    assert "unknown_key" in refused(damage.check_in_project, folder, tea)


# ---------------------------------------------------------------- the owner of the key


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


def verify_version(root: Path, version: str) -> dict[str, Any]:
    """Verify one version on the first ladder."""
    return verify(Workspace.open(root), ladder="kettle", release=version)
