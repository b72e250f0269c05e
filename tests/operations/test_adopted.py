"""Adopted releases, counted: only what verifies, every difference told, whatever is remembered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.adopted import AdoptedCounts, Tally
from pipeline.core.families import RecordFamily
from pipeline.core.release import Phase
from pipeline.operations.adopted import adopted
from pipeline.operations.workspace import Workspace
from tests import adopting
from tests.climbing import project
from tests.proof import making

FIRST = adopting.identity(0).artifact_set_id
TRACKING = f"releases/{FIRST}/pre-deploy/pour/00-record-tracking.sigstore.json"
PEM = f"releases/{FIRST}/keys/{making.P256.public.key_id.hex}.pem"
EACH = 16
"""Records of a release: seven families and an adoption in each phase."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two adopted releases."""
    made = project.make(tmp_path / "tea")
    adopting.adopt(made, 2)
    return made


def look(root: Path, *, fresh: bool = False) -> AdoptedCounts:
    return adopted(Workspace.open(root), fresh=fresh)


def ids(counts: AdoptedCounts) -> list[str]:
    return [finding.id for finding in counts.findings]


def total(counts: AdoptedCounts) -> int:
    return sum(tally.checked_in for tally in counts.families.values())


def test_a_project_that_adopted_nothing_has_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    counts = look(root)
    assert (counts.releases, total(counts), counts.findings) == (0, 0, ())
    assert not (root / ".release-ladder").exists()


def test_every_record_is_verified_once_and_then_remembered(root: Path) -> None:
    cold, warm = look(root), look(root)
    assert (cold.verified, cold.remembered) == (2 * EACH, 0)
    assert (warm.verified, warm.remembered) == (0, 2 * EACH)
    assert cold.to_dict() == warm.to_dict()
    assert cold.releases == 2
    families = {name: tally.checked_in for name, tally in cold.families.items()}
    assert families == {f.value: 0 if f is RecordFamily.CANARY else 4 for f in RecordFamily}
    assert {tally.live for tally in cold.families.values()} == {0}
    assert cold.targets["pot"]["tracking"].local == 4
    assert cold.tracked_releases.checked_in == 2
    assert cold.findings == ()
    assert project.git(root, "status", "--porcelain", "--", ".release-ladder") == ""


def test_without_memory_everything_is_verified_anew(root: Path) -> None:
    look(root)
    fresh = look(root, fresh=True)
    assert (fresh.verified, fresh.remembered) == (2 * EACH, 0)


def test_one_more_release_costs_its_own_records(root: Path) -> None:
    look(root)
    shutil.rmtree(root / "releases")
    adopting.adopt(root, 3)
    counts = look(root)
    assert (counts.verified, counts.remembered) == (EACH, 2 * EACH)


def test_what_the_records_say_of_provenance_and_approvals_is_counted_by_release(
    tmp_path: Path,
) -> None:
    root = project.make(tmp_path / "tea")
    shelf = adopting.Shelf(root)
    said: dict[str, dict[str, Any]] = {
        "tracking": {"provenance_status": "signed"},
        "approval_authority": {"approvals": [adopting.HEX], "approvers": ["ada"]},
    }
    for number, channel in enumerate(("production", "home")):
        shelf.add(adopting.identity(number, channel=channel), said=said)
    shelf.add(adopting.identity(2))
    shelf.write()
    counts = look(root)
    assert counts.findings == ()
    tracking = counts.families["tracking"].ids
    assert counts.signed_provenance == Tally(checked_in=2, local=2, ids=tracking[:4])
    assert (counts.production_approvals.checked_in, counts.production_approvals.live) == (1, 0)


def change(root: Path, name: str, old: bytes, new: bytes) -> None:
    data = (root / name).read_bytes()
    assert old in data
    (root / name).write_bytes(data.replace(old, new, 1))


def changed_record(root: Path) -> str:
    change(root, TRACKING, b'"sig":"M', b'"sig":"N')
    return "adopted.changed"


def missing_record(root: Path) -> str:
    (root / TRACKING).unlink()
    return "adopted.missing"


def linked_record(root: Path) -> str:
    (root / TRACKING).rename(root / "x")
    (root / TRACKING).symlink_to(root / "x")
    return "adopted.unreadable"


def folder_for_a_record(root: Path) -> str:
    (root / TRACKING).unlink()
    (root / TRACKING).mkdir()
    return "adopted.unreadable"


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize(
    "spoil",
    [changed_record, missing_record, linked_record, folder_for_a_record],
    ids=lambda spoil: spoil.__name__,
)
def test_a_record_that_is_not_as_it_was_adopted_is_told_and_the_others_count(
    root: Path, spoil: Callable[[Path], str], *, remembered: bool
) -> None:
    if remembered:
        look(root)
    expected = spoil(root)
    for _ in range(2):
        counts = look(root)
        assert ids(counts) == [expected]
        assert counts.findings[0].where == TRACKING
        assert counts.findings[0].command == f"git restore -- {TRACKING}"
        assert total(counts) == 2 * EACH - 1
        assert counts.families["tracking"].checked_in == 3


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("name", ["objects.json", f"keys/{Path(PEM).name}"])
def test_without_its_list_or_its_key_nothing_of_a_release_counts(
    root: Path, name: str, *, remembered: bool
) -> None:
    if remembered:
        look(root)
    path = root / "releases" / FIRST / name
    path.write_bytes(path.read_bytes() + b"\n")
    counts = look(root)
    assert ids(counts) == ["adopted.changed"]
    assert total(counts) == EACH


def test_a_release_that_is_gone_and_one_that_nobody_entered_are_told(root: Path) -> None:
    folder = root / "releases" / FIRST
    other = adopting.identity(7).artifact_set_id
    folder.rename(folder.with_name(other))
    counts = look(root)
    assert ids(counts) == ["adopted.missing", "adopted.orphan"]
    assert counts.findings[1].where == f"releases/{other}"
    assert total(counts) == EACH


def no_ledger(root: Path) -> None:
    (root / "releases" / "ledger.json").unlink()


def a_changed_ledger(root: Path) -> None:
    change(root, "releases/ledger.json", b'"adopter":"ada"', b'"adopter":"eve"')


def a_ledger_without_its_first_entry(root: Path) -> None:
    lines = (root / "releases" / "ledger.json").read_bytes().split(b"\n")
    lines[1:3] = [lines[2].removeprefix(b",")]
    (root / "releases" / "ledger.json").write_bytes(b"\n".join(lines))


def a_linked_folder(root: Path) -> None:
    (root / "releases").rename(root / "elsewhere")
    (root / "releases").symlink_to("elsewhere")


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize(
    "spoil",
    [no_ledger, a_changed_ledger, a_ledger_without_its_first_entry, a_linked_folder],
    ids=lambda spoil: spoil.__name__,
)
def test_without_a_ledger_that_holds_nothing_counts_and_it_is_told(
    root: Path, spoil: Callable[[Path], None], *, remembered: bool
) -> None:
    if remembered:
        look(root)
    spoil(root)
    counts = look(root)
    assert total(counts) == 0
    assert set(ids(counts)) <= {"adopted.ledger", "adopted.orphan"}
    assert counts.findings


def with_tracking(root: Path, said: bytes) -> AdoptedCounts:
    """Adopt one release with another statement in place of its first tracking record."""
    shutil.rmtree(root / "releases")
    shelf = adopting.Shelf(root)
    shelf.add(adopting.identity(0), instead={"tracking": said})
    shelf.write()
    return look(root)


def tracking(number: int = 0, /, **said: Any) -> bytes:  # noqa: ANN401 - fields of any type
    identity = adopting.identity(number)
    return adopting.payload(identity, Phase.PRE_DEPLOY, RecordFamily.TRACKING, **said)


@pytest.mark.parametrize(
    "field",
    [
        "record_id",
        "artifact_set_id",
        "run",
        "artifact_version",
        "deployment_stage",
        "phase",
        "family",
    ],
)
def test_a_record_of_something_else_in_its_place_does_not_count(root: Path, field: str) -> None:
    values = {
        "run": adopting.HEX,
        "phase": "post-deploy",
        "family": "canary",
        "artifact_set_id": adopting.identity(1).artifact_set_id,
    }
    counts = with_tracking(root, tracking(**{field: values.get(field, "other")}))
    assert ids(counts) == ["adopted.misplaced"]
    assert counts.families["tracking"].checked_in == 1


def test_a_record_of_another_release_replayed_does_not_count(root: Path) -> None:
    counts = with_tracking(root, tracking(1))
    assert ids(counts) == ["adopted.misplaced"]
    assert adopting.identity(1).artifact_set_id in counts.findings[0].what


@pytest.mark.parametrize(
    "said",
    [
        making.statement().to_bytes(),
        tracking(invented="x"),
        tracking(origin_class="live_workflow_backed"),
    ],
    ids=["no record", "an unknown field", "a class of its own"],
)
def test_what_verification_refuses_does_not_count_and_is_not_remembered(
    root: Path, said: bytes
) -> None:
    for _ in range(2):
        counts = with_tracking(root, said)
        assert ids(counts) == ["adopted.refused"]
        assert counts.families["tracking"].checked_in == 1
        assert counts.verified == EACH
