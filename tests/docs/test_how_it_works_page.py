"""docs/how-it-works.md has the exit codes of the code, and says of its limits what is so."""

from __future__ import annotations

import importlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.edges import clock
from pipeline.errors import LadderError, StepFailedError, UntrustedError
from pipeline.flows.abandon import abandon
from pipeline.operations.keep import ENFORCED
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.docs import pages
from tests.docs.tables import rows, section

TEXT = (pages.ROOT / "docs" / "how-it-works.md").read_text("utf-8")
README = (pages.ROOT / "README.md").read_text("utf-8")


def errors(kind: type[LadderError]) -> Iterator[type[LadderError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from errors(below)


def test_the_exit_codes_of_the_page_are_those_of_the_errors() -> None:
    said = [int(cells[0]) for cells in rows(TEXT, "Exit codes") if cells[0].isdecimal()]
    importlib.import_module("pipeline.tasks")
    assert said == sorted({0} | {error.exit_code for error in errors(LadderError)})


def test_the_readme_names_the_same_exit_codes() -> None:
    for cells in rows(TEXT, "Exit codes"):
        if cells[0].isdecimal():
            assert f"`{cells[0]}` " in README


def test_the_record_says_what_the_page_says_of_the_envelope() -> None:
    assert f'`enforced: "{ENFORCED}"`' in section(TEXT, "Honest limits")


def test_an_abandoned_entry_can_be_cut_off_as_the_page_says(tmp_path: Path) -> None:
    """A limit that is told; when this fails, the limit is gone: tell that instead."""
    root = project.make(tmp_path / "tea")
    project.climb(root, "water")
    abandon(Workspace.open(root), ladder=None, release=None, reason="cold", dry_run=False)
    (journal,) = (root / "artifacts/store/journals").glob("*.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    assert b'"abandoned"' in lines[-1]
    journal.write_bytes(b"".join(lines[:-1]))
    assert project.climb(root, "heat").did == ("boil",)
    assert "so it can be cut off" in section(TEXT, "Honest limits").replace("\n", " ")


def test_a_journal_cut_behind_its_seal_is_refused_as_the_page_says(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    project.climb(root, "water")
    (journal,) = (root / "artifacts/store/journals").glob("*.jsonl")
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(UntrustedError, match="it was cut"):
        project.climb(root, "heat")


def test_a_deleted_run_is_forgotten_as_the_page_says(tmp_path: Path) -> None:
    """As above: an anchor would find it out."""
    root = project.make(tmp_path / "tea", files={"light.py": "raise SystemExit(1)\n"})
    with pytest.raises(StepFailedError):
        project.climb(root, "water")
    store = root / "artifacts" / "store"
    gone = [*(store / "journals").iterdir(), *(store / "names").glob("seals*")]
    for path in gone:
        path.unlink()
    shutil.rmtree(root / "artifacts" / "release-evidence")
    assert len(gone) == 2
    last = clock.now()
    while clock.now() == last:  # in the same second the begin would be the very same entry
        time.sleep(0.05)
    with pytest.raises(StepFailedError, match="water failed"):
        project.climb(root, "water")
    (journal,) = (store / "journals").iterdir()
    assert journal.read_bytes().count(b'"status":"fail"') == 1
