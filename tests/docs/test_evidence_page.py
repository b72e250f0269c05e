"""docs/evidence.md and docs/reproducing.md keep their word about a real release's folders."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.equality import RUN_VOLATILE, VOLATILE
from pipeline.core.journal import FIELDS, Status
from pipeline.core.ladder import Reproduce
from pipeline.core.release import RunContext
from pipeline.core.statement import slug
from tests.climbing import bakery, project, shop
from tests.docs import pages
from tests.docs.tables import column, rows, section
from tests.edges import projects

TEXT = (pages.ROOT / "docs" / "evidence.md").read_text("utf-8")
AGAIN = (pages.ROOT / "docs" / "reproducing.md").read_text("utf-8")
PATTERNS = {
    "STAGE": "(pre-deploy/)?[a-z]+",
    "NN-SLUG": "[0-9]{2}-[a-z-]+",
    "N": "[0-9]+",
    "NAME": ".+",
    "FAMILY": "[a-z_]+",
    "TASK": r"[a-z.]+",
    "KEYID": "[0-9a-f]{64}",
    "…": ".+",
}


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    again = projects.FILES["ladders/kettle"].replace("- id: boil\n", "- id: boil\n    retries: 1\n")
    spill = project.LIGHT + 'if step["stage"] == "boil":\n    sys.exit(step["attempt"] == 1)\n'
    root = project.make(
        tmp_path_factory.mktemp("page") / "tea",
        files={"light.py": spill.replace("import os\n", "import os\nimport sys\n")},
        ladders__kettle=again,
    )
    project.climb(root)
    (folder,) = (root / "artifacts" / "release-evidence" / "home").iterdir()
    return folder


def as_pattern(path: str) -> re.Pattern[str]:
    words = re.split(r"(NN-SLUG|STAGE|FAMILY|KEYID|NAME|TASK|\bN\b|…)", path)
    return re.compile("".join(PATTERNS.get(word, re.escape(word)) for word in words))


def test_every_file_of_a_phase_folder_is_on_the_page_and_the_other_way_round(
    tea: Path, tmp_path: Path
) -> None:
    listed = column(TEXT, "What lies in a phase folder")
    root = shop.climbed(tmp_path / "shop", baked=bakery.TOP)
    runs = [tea, *(root / "artifacts" / "release-evidence").glob("*/*")]
    assert len(runs) == 3
    folders = [run / phase for run in runs for phase in ("pre-deploy", "post-deploy")]
    there = {
        file.relative_to(folder).as_posix()
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }
    carried = {"pre-deploy/HASH_MANIFEST.txt", "pre-deploy/bundle.sigstore.json"}
    assert carried <= there
    unknown = {
        name for name in there - carried if not any(as_pattern(p).fullmatch(name) for p in listed)
    }
    assert unknown == set()
    never = {p for p in listed if not any(as_pattern(p).fullmatch(name) for name in there)}
    assert never == set()


def test_the_fields_of_run_and_journal_are_those_of_the_code(tea: Path) -> None:
    assert column(TEXT, "run.json") == list(RunContext.__slots__)
    assert set(column(TEXT, "The journal")) == FIELDS
    (status,) = [cells[1] for cells in rows(TEXT, "The journal") if cells[0] == "`status`"]
    assert set(re.findall(r"`(\w+)`", status)) == set(Status)
    begin = json.loads((tea / "pre-deploy/journal.jsonl").read_text("utf-8").splitlines()[0])
    (said,) = re.findall(r"A begin's `inputs`: (.+?)\n\n", section(TEXT, "The journal"), re.DOTALL)
    assert set(re.findall(r"`(\w+)`", said)) == set(begin["inputs"])


@pytest.mark.parametrize("phase", ["pre-deploy", "post-deploy"])
def test_the_page_s_own_commands_check_a_folder(phase: str, tea: Path) -> None:
    console = next(b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "console")
    for line in console.splitlines():
        command = ["sh", "-c", line.removeprefix("$ ")]
        assert subprocess.run(command, cwd=tea / phase, check=False).returncode == 0, line


def test_the_page_s_own_python_finds_the_sealed_head(tea: Path) -> None:
    chain, seal = (b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "python")
    found = [said(code, tea / "post-deploy") for code in (chain, seal)]
    assert found[0].split()[1] in found[1]


def test_the_page_s_own_python_finds_a_changed_journal(tea: Path, tmp_path: Path) -> None:
    chain = next(b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "python")
    journal = (tea / "post-deploy/journal.jsonl").read_text("utf-8")
    (tmp_path / "journal.jsonl").write_text(journal.replace('"pass"', '"fail"', 1), "utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        said(chain, tmp_path)


def said(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_store_has_the_folders_of_the_page(tea: Path) -> None:
    store = tea.parents[2] / "store"
    listed = {name.partition("/")[0] for name in column(TEXT, "The store")}
    assert {path.name for path in store.iterdir() if path.is_dir()} == listed
    kinds = {path.name.partition("%2F")[0] for path in (store / "names").iterdir()}
    assert kinds <= set(re.findall(r"`(\w+)/", section(TEXT, "The store")))


def test_the_volatile_fields_of_the_page_are_those_of_the_code() -> None:
    listed = {
        cells[0]: set(re.findall(r"`([^`]+)`", cells[1]))
        for cells in rows(AGAIN, "What equal means")
        if "`" in cells[1]
    }
    assert listed == {slug(kind): set(fields) for kind, fields in VOLATILE.items()}
    (run,) = re.findall(r"Of `run\.json`: (.+?)\.", section(AGAIN, "What equal means"))
    assert set(re.findall(r"`(\w+)`", run)) == RUN_VOLATILE


def test_the_ways_of_reproducing_are_those_of_the_code() -> None:
    assert column(AGAIN, "How a stage is looked at")[1:] == list(Reproduce)
