"""Applying a review contract: all is verified again, and refused if it is not as reviewed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.adoption import Contract
from pipeline.core.canonical import Digest
from pipeline.core.ledger import Kind, Ledger, Objects
from tests.adoption import shelf
from tests.climbing import project
from tests.tasks.calling import call, photograph


def test_an_adopted_release_is_in_the_ledger_with_contiguous_numbers(root: Path) -> None:
    done = shelf.adopted(root, shelf.SECOND)
    data = (root / "releases" / "ledger.json").read_bytes()
    first, second = Ledger.parse(data).entries
    assert (second.id, second.set) == (done.id, done.set) == ("adoption-2", second.set)
    assert (second.first, second.max_before) == (first.max_after + 1, first.max_after)
    assert second.reference == "minutes of Friday"
    numbers = [
        item.number
        for entry in (first, second)
        for item in Objects.parse(
            (root / "releases" / entry.set / "objects.json").read_bytes(), entry.set
        ).objects
    ]
    assert numbers == list(range(1, second.next_free))


def test_its_folder_has_the_bundles_as_they_were_and_what_the_adoption_adds(root: Path) -> None:
    folder, run = shelf.set_of(root, shelf.FIRST), shelf.run_of(root, shelf.FIRST)
    for phase in ("pre-deploy", "post-deploy"):
        for path in (run / phase).rglob("*"):
            if path.is_file():
                assert (folder / path.relative_to(run)).read_bytes() == path.read_bytes()
        said = json.loads((folder / "adoption" / phase / "adoption.json").read_bytes())
        assert (said["phase"], said["adopter"]) == (phase, "Ada")
        assert said["review_contract"] == shelf_contract(folder).contract_hash
    assert sorted(path.name for path in folder.iterdir()) == [
        *("adoption", "keys", "objects.json", "post-deploy", "pre-deploy"),
        *("reverse.json", "review.json"),
    ]
    kinds = {item.kind for item in objects(folder)}
    assert kinds == set(Kind)


def shelf_contract(folder: Path) -> Contract:
    return Contract.parse((folder / "review.json").read_bytes())


def objects(folder: Path) -> Any:  # noqa: ANN401 - numbered objects
    return Objects.parse((folder / "objects.json").read_bytes(), folder.name).objects


def test_every_object_is_a_file_with_the_listed_digest(root: Path) -> None:
    folder = shelf.set_of(root, shelf.FIRST)
    for item in objects(folder):
        assert item.digest == str(Digest.of((folder / item.path).read_bytes()))
    records = [item for item in objects(folder) if item.kind is Kind.RECORD]
    assert [item.id for item in records] == list(shelf_contract(folder).adopted_record_ids)


def test_what_was_there_before_is_not_touched(root: Path) -> None:
    before = shelf.releases(root)
    shelf.adopted(root, shelf.SECOND)
    after = shelf.releases(root)
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["releases/ledger.json"]
    assert shelf.aside(root) == []


def test_a_fresh_clone_verifies_it_all_without_any_key(root: Path, tmp_path: Path) -> None:
    shelf.adopted(root, shelf.SECOND)
    project.git(root, "add", "releases")
    project.git(root, "commit", "--quiet", "--message=Adopt")
    clone = tmp_path / "clone"
    project.git(tmp_path, "clone", "--quiet", str(root), str(clone))
    before = photograph(clone)
    whole = call(clone, "verify", "--evidence", "releases", "--json")
    assert whole.code == 0, whole.err
    assert whole.document["entries"] == 2
    assert {one["origin_class"] for one in whole.document["releases"]} == {
        "local_or_synthetic_proof"
    }
    name = shelf.set_of(root, shelf.FIRST).name
    for place in (name, f"{name}/pre-deploy", f"{name}/post-deploy"):
        one = call(clone, "verify", "--evidence", f"releases/{place}")
        assert (one.code, "intact" in one.out) == (0, True), one.err
    assert photograph(clone) == before
    moved = Path(shutil.copytree(clone / "releases" / name, clone / "elsewhere"))
    assert call(clone, "verify", "--evidence", str(moved / "pre-deploy")).code == 11


def test_the_task_tells_what_it_did_and_how_to_undo_it(fresh: Path) -> None:
    file = shelf.reviewed(fresh, shelf.FIRST).relative_to(fresh).as_posix()
    words = ("adopt", "--review", file, "--adopter", "Ada", "--reference", "PR 7")
    called = call(fresh, *words)
    assert called.code == 0, called.err
    for word in ("adoption-1", "objects 1 to", "git add releases", "--revert adoption-1"):
        assert word in called.out
    again = call(fresh, *words)
    assert again.code == 14
    assert "adopted already" in again.three_lines()[0]


@pytest.mark.parametrize(
    "words",
    [
        ("adopt",),
        ("adopt", "--from", "x", "--revert", "y"),
        ("adopt", "--from", "x", "--adopter", "Ada"),
        ("adopt", "--revert", "x", "--reference", "r"),
        ("adopt", "--review", "no-such-file", "--adopter", "Ada", "--reference", "r"),
        ("adopt", "--review", "FILE", "--adopter", "Ada"),
        ("adopt", "--review", "FILE", "--reference", "r"),
        ("adopt", "--review", "FILE", "--adopter", " ", "--reference", "r"),
        ("adopt", "--review", "FILE", "--adopter", "A\nB", "--reference", "r"),
        ("adopt", "--review", "FILE", "--adopter", "Ada", "--reference", "r" * 300),
    ],
)
def test_a_call_that_makes_no_sense_is_wrong_usage(fresh: Path, words: tuple[str, ...]) -> None:
    file = str(shelf.reviewed(fresh, shelf.FIRST))
    before = photograph(fresh)
    called = call(fresh, *(file if word == "FILE" else word for word in words))
    assert called.code == 1
    assert called.three_lines()
    assert photograph(fresh) == before


def test_files_that_git_would_leave_out_are_told(fresh: Path, tmp_path: Path) -> None:
    (fresh / ".gitignore").write_text(f"{shelf.GITIGNORE}*.log\n")
    project.git(fresh, "commit", "--quiet", "--all", "--message=No logs")
    done = shelf.adopted(fresh, shelf.FIRST)
    logs = sorted(path.relative_to(fresh).as_posix() for path in fresh.glob("releases/**/*.log"))
    assert list(done.overlooked) == logs != []
    shelf.reverted(fresh, done.id)
    file = shelf.reviewed(fresh, shelf.FIRST)
    words = ("adopt", "--review", str(file), "--adopter", "Ada", "--reference", "PR 7")
    assert "git add --force releases" in call(fresh, *words).out
    project.git(fresh, "add", "--force", "releases")
    project.git(fresh, "commit", "--quiet", "--message=Adopt")
    project.git(tmp_path, "clone", "--quiet", str(fresh), str(tmp_path / "clone"))
    assert call(tmp_path / "clone", "verify", "--evidence", "releases").code == 0
