"""What `verify` refuses, or git does not have, is not counted, whatever the ledger says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.core.adopted import AdoptedCounts
from pipeline.core.canonical import Digest
from pipeline.core.release import Phase
from pipeline.operations.adopted import adopted
from pipeline.operations.workspace import Workspace
from tests import adopting
from tests.climbing import project

FIRST = adopting.identity(0).artifact_set_id
EACH = 16
"""Records of a release."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two adopted releases."""
    made = project.make(tmp_path / "tea")
    adopting.adopt(made, 2)
    return made


def look(root: Path) -> AdoptedCounts:
    return adopted(Workspace.open(root))


def total(counts: AdoptedCounts) -> int:
    return sum(tally.checked_in for tally in counts.families.values())


def ids(counts: AdoptedCounts) -> list[str]:
    return [finding.id for finding in counts.findings]


def test_what_was_never_committed_is_told_and_not_counted(root: Path) -> None:
    project.git(root, "reset", "--quiet", "HEAD~1")
    counts = look(root)
    assert (counts.releases, total(counts)) == (0, 0)
    (finding,) = counts.findings
    assert finding.id == "adopted.not_committed"
    assert finding.command == "git add releases && git commit"
    assert FIRST in finding.what
    assert "and 1 more" in finding.what


def test_what_is_staged_alone_is_not_committed(root: Path) -> None:
    project.git(root, "reset", "--quiet", "--soft", "HEAD~1")
    assert ids(look(root)) == ["adopted.not_committed"]


@pytest.mark.parametrize("remembered", [True, False])
def test_of_two_releases_the_one_that_head_has_counts(tmp_path: Path, *, remembered: bool) -> None:
    root = project.make(tmp_path / "tea")
    shelf = adopting.adopt(root, 1)
    if remembered:
        look(root)
    shelf.add(adopting.identity(1))
    shelf.write()
    project.git(root, "reset", "--quiet", "HEAD~1")
    counts = look(root)
    assert (counts.releases, total(counts), ids(counts)) == (1, EACH, ["adopted.not_committed"])
    assert adopting.identity(1).artifact_set_id in counts.findings[0].what


def test_another_ledger_than_the_one_at_head_counts_nothing(root: Path) -> None:
    adopting.adopt(root, 3)
    assert total(look(root)) == 3 * EACH
    shelf = adopting.Shelf(root)
    for number in (1, 0):
        shelf.add(adopting.identity(number))
    shelf.write()
    project.git(root, "reset", "--quiet", "HEAD~1")
    counts = look(root)
    assert total(counts) == 0
    assert "adopted.not_committed" in ids(counts)


def test_a_ledger_with_less_than_head_has_counts_what_is_left(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    shelf = adopting.adopt(root, 1)
    before = (root / "releases" / "ledger.json").read_bytes()
    shelf.add(adopting.identity(1))
    shelf.write()
    (root / "releases" / "ledger.json").write_bytes(before)
    counts = look(root)
    assert (total(counts), ids(counts)) == (EACH, ["adopted.orphan"])


def test_where_git_cannot_be_asked_nothing_counts(root: Path) -> None:
    (root / ".git").rename(root / "git")
    assert ids(look(root)) == ["adopted.not_committed"]


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("name", ["", "keys", "pre-deploy", "post-deploy/pour", "adoption"])
def test_a_link_in_the_place_of_a_folder_is_told_and_its_release_does_not_count(
    root: Path, tmp_path: Path, name: str, *, remembered: bool
) -> None:
    if remembered:
        look(root)
    folder = root / "releases" / FIRST / name
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    counts = look(root)
    assert (ids(counts), total(counts)) == (["adopted.link"], EACH)
    assert counts.findings[0].where == f"releases/{FIRST}/{name}".rstrip("/")


def sealed(tmp_path: Path, seals: Mapping[Phase, bytes]) -> AdoptedCounts:
    """Adopt one release with other seals."""
    root = project.make(tmp_path / "tea")
    shelf = adopting.Shelf(root, seals=seals)
    shelf.add(adopting.identity(0))
    shelf.write()
    return look(root)


PRE, POST = Phase.PRE_DEPLOY, Phase.POST_DEPLOY
MINE = adopting.identity(0)
BAD_SEALS = {
    "no bundles": {PRE: b"", POST: b""},
    "one phase without": {POST: b""},
    "another run's": {PRE: adopting.seal(adopting.identity(1), PRE)},
    "another phase's": {PRE: adopting.seal(MINE, POST)},
    "no seal": {PRE: adopting.payload(MINE, PRE, adopting.EMITTED[0])},
    "an unknown field": {PRE: adopting.seal(MINE, PRE, invented=1)},
}


@pytest.mark.parametrize("name", BAD_SEALS)
def test_records_without_the_bundle_of_their_phase_do_not_count(tmp_path: Path, name: str) -> None:
    counts = sealed(tmp_path, BAD_SEALS[name])
    assert (ids(counts), total(counts)) == (["adopted.no_bundle"], 0)


@pytest.mark.parametrize("field", ["seal", "manifest"])
def test_an_adoption_record_of_another_bundle_does_not_count(tmp_path: Path, field: str) -> None:
    root = project.make(tmp_path / "tea")
    shelf = adopting.Shelf(root)
    source = {"manifest": str(Digest.of(adopting.MANIFEST)), "seal": adopting.SEAL}
    shelf.add(MINE, said={"adoption": {"source_bundle": source | {field: adopting.HEX}}})
    shelf.write()
    for _ in range(2):
        counts = look(root)
        assert (ids(counts), total(counts)) == (["adopted.no_bundle"], 0)
        assert "names another pre-deploy bundle" in counts.findings[0].what


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "changed"])
def test_a_hash_manifest_that_the_seal_is_not_about_is_told(
    root: Path, *, gone: bool, remembered: bool
) -> None:
    if remembered:
        look(root)
    path = root / "releases" / FIRST / "post-deploy" / "HASH_MANIFEST.txt"
    path.unlink() if gone else path.write_bytes(b"other")
    counts = look(root)
    assert ids(counts) == ["adopted.missing" if gone else "adopted.changed"]
    assert counts.findings[0].where.endswith("post-deploy/HASH_MANIFEST.txt")
    assert total(counts) == EACH


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize(
    "path",
    ["pre-deploy/bundle.sigstore.json", "adoption/pre-deploy/adoption.sigstore.json"],
)
def test_without_its_seal_or_its_adoption_nothing_of_a_release_counts(
    root: Path, path: str, *, remembered: bool
) -> None:
    if remembered:
        look(root)
    (root / "releases" / FIRST / path).write_bytes(b"{}")
    counts = look(root)
    assert "adopted.changed" in ids(counts)
    assert total(counts) == EACH
