"""Valid statements, signed by the right key, put where they do not belong.

Two ladders for two targets and two versions share one project, one store and one key.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import HeldError
from pipeline.flows.verify import verify
from pipeline.operations.workspace import Workspace
from tests import policies
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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two targets and two versions, climbed to the approval's end; the second version's is next."""
    root = release.make(
        tmp_path_factory.mktemp("shared") / "project",
        files={"steady": ""},
        ladders__samovar=SAMOVAR,
        targets__urn=FILES["targets/pot"].replace("pot", "urn"),
        policies__promotion=policies.family(
            "promotion", policies.promotion(), policies.promotion("urn")
        ),
        policies__verification=policies.family(
            "verification", policies.verification(), policies.verification("urn")
        ),
        policies__approval_authority=policies.family(
            "approval_authority",
            policies.authority(**policies.NAMED),
            policies.authority("urn", **policies.NAMED),
        ),
        approvals__urn=policies.approval_file("urn", gate="parlour"),
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


def verify_version(root: Path, version: str) -> dict[str, Any]:
    """Verify one version on the first ladder."""
    return verify(Workspace.open(root), ladder="kettle", release=version)
